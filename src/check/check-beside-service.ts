import type { Config } from '../config.ts'
import { createAccessToken } from '../label-studio/access-token.ts'
import { createLabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import { createPictureLoader } from '../media/create-picture-loader.ts'
import { pictureSettings } from '../media/picture-settings.ts'
import { keypointSetOfMode } from '../model-store/keypoint-set-of-mode.ts'
import type { CheckReport } from './check-report.ts'
import { checkBudgetMs, checkTimeoutMs, runChecks, type CheckRequest } from './run-checks.ts'

/** What can be looked at where the service does not run: everything but models, predictions and calls that arrive. */
export async function checkBesideService (config: Config, request: CheckRequest): Promise<CheckReport> {
  const token = createAccessToken({ url: config.labelStudioUrl, key: config.labelStudioApiKey })
  const client = config.labelStudioUrl === null ? null : createLabelStudioClient({ url: config.labelStudioUrl, token, timeoutMs: checkTimeoutMs })
  const loader = createPictureLoader({
    labelStudioUrl: config.labelStudioUrl,
    labelStudioAuth: token,
    ...pictureSettings(config)
  })
  try {
    const keypointSet = keypointSetOfMode(config)
    return await runChecks({
      labelStudio: client === null ? null : { client, token },
      loader,
      port: config.port,
      keypointSet: () => keypointSet,
      service: null
    }, request, AbortSignal.timeout(checkBudgetMs))
  } finally {
    await client?.close()
    await loader.close()
  }
}

import type { Config } from '../config.ts'
import { createAccessToken, type AccessToken } from '../label-studio/access-token.ts'
import { createLabelStudioClient, type LabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import { readLogin } from './read-login.ts'

export interface OpenedLabelStudio {
  client: LabelStudioClient
  token: AccessToken
}

/** Label Studio as the command line names it, or else the environment. The caller closes the client. @throws CliError as readLogin */
export function openLabelStudio (values: Parameters<typeof readLogin>[0], config: Pick<Config, 'labelStudioUrl' | 'labelStudioApiKey'>): OpenedLabelStudio {
  const { url, token: key } = readLogin(values, config)
  const token = createAccessToken({ url, key })
  return { client: createLabelStudioClient({ url, token }), token }
}

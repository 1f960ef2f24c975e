import type { Config } from '../config.ts'
import { createPoseError } from '../errors.ts'
import { createCancelledError } from '../inference/create-cancelled-error.ts'
import type { EngineLog } from '../inference/create-pose-engine.ts'
import { rejectOnAbort } from '../inference/reject-on-abort.ts'
import { createModelSupply, type SupplyHooks } from '../model-store/create-model-supply.ts'
import { readCalibrationFile } from '../read-calibration-file.ts'
import { putModelsTogether, type ModelsTogether } from './put-models-together.ts'

/**
 * The engine of a command that works without the service: models found, downloaded or replaced as the service does it, and
 * the first worker ready. The caller closes the engine.
 * @param log told of downloads, and of what a person must know
 * @param signal ends the waiting, and a download
 * @throws PoseError MODEL_*; ConfigError when CALIBRATION_FILE cannot be used; the signal's reason
 */
export async function openEngine (config: Config, log: SupplyHooks['log'], signal: AbortSignal): Promise<ModelsTogether> {
  const ofProject = readCalibrationFile(config.calibrationFile)
  let found: ModelsTogether | null = null
  // Which threads are ready is nothing to a person.
  const engineLog: EngineLog = { info () {}, warn: (fields, message) => { log.warn(fields, message) }, error: (fields, message) => { log.error(fields, message) } }
  const supply = createModelSupply(config, { log, retryMs: null, onFound: (obtained) => { found = putModelsTogether(obtained, config, ofProject, engineLog) } })
  try {
    await rejectOnAbort(supply.settled, signal, 'while the models were looked for')
    const models = found as ModelsTogether | null
    if (models === null) throw supply.refusal() ?? createPoseError('MODEL_MISSING', 'none was found')
    await waitFor(models, signal)
    return models
  } finally {
    await supply.close()
  }
}

async function waitFor ({ engine }: ModelsTogether, signal: AbortSignal): Promise<void> {
  await engine.usable()
  const { reason } = engine.status()
  if (reason === null && !signal.aborted) return
  await engine.close()
  throw reason === null ? createCancelledError(signal, 'while the models were loaded') : createPoseError('MODEL_BROKEN', reason)
}

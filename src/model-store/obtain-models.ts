import { isPoseError, type PoseError } from '../errors.ts'
import { locateModels, type LocatedModels, type LocateOptions } from './locate-models.ts'

export interface ObtainOptions extends LocateOptions {
  /** What serves when the mode's files cannot be had. */
  modelFallback: 'starter' | 'none'
}

export interface ObtainedModels extends LocatedModels {
  /** Why the starter models stand in for the mode's; null when they do not. */
  fallback: string | null
}

/**
 * The mode's models, or the starter models in their place. An own file that somebody has named is never replaced by
 * another model: whoever names one wants no other.
 * @throws PoseError MODEL_MISSING, MODEL_BROKEN
 */
export async function obtainModels (options: ObtainOptions): Promise<ObtainedModels> {
  try {
    return { ...await locateModels(options), fallback: null }
  } catch (error) {
    if (!isPoseError(error) || !mayFallBack(options)) throw error
    return { ...await locateStarter(options, error), fallback: error.message }
  }
}

function mayFallBack ({ mode, modelFallback, detectorModel, poseModel }: ObtainOptions): boolean {
  return modelFallback === 'starter' && mode !== 'starter' && detectorModel === null && poseModel === null
}

/** What was asked for stays the reason, whatever is wrong with its substitute. */
async function locateStarter (options: LocateOptions, reason: PoseError): Promise<LocatedModels> {
  return await locateModels({ ...options, mode: 'starter' }).catch((error: unknown) => { throw isPoseError(error) ? reason : error })
}

import type { ModelEntry } from '../../models/model-entry.ts'
import { createPoseError, isPoseError, type PoseError } from '../errors.ts'
import { DownloadFault } from './download-fault.ts'
import { locateModels, missingModels, type LocatedModels, type LocateOptions } from './locate-models.ts'

export interface ObtainOptions extends LocateOptions {
  /** What serves when the mode's files cannot be had. */
  modelFallback: 'starter' | 'none'
}

export interface ObtainedModels extends LocatedModels {
  /** Why the starter models stand in for the mode's; null when they do not. */
  fallback: string | null
}

/** Puts files into the folder. @throws DownloadFault when they cannot be had */
export type Download = (entries: readonly ModelEntry[]) => Promise<void>

/**
 * The mode's models, downloaded where they are missing, or the starter models in their place. An own file that somebody
 * has named is never replaced by another model: whoever names one wants no other.
 * @param download null: nothing is downloaded
 * @throws PoseError MODEL_MISSING, MODEL_BROKEN
 */
export async function obtainModels (options: ObtainOptions, download: Download | null): Promise<ObtainedModels> {
  try {
    return { ...await locateOrDownload(options, download), fallback: null }
  } catch (error) {
    if (!isPoseError(error) || !mayFallBack(options)) throw error
    return { ...await locateStarter(options, error), fallback: error.message }
  }
}

async function locateOrDownload (options: LocateOptions, download: Download | null): Promise<LocatedModels> {
  try {
    return await locateModels(options)
  } catch (error) {
    const missing = missingModels(error)
    if (missing === null || missing.downloads.length === 0 || download === null) throw error
    try {
      await download(missing.downloads)
    } catch (fault) {
      if (!(fault instanceof DownloadFault)) throw fault
      throw createPoseError('MODEL_MISSING', `${fault.message}. ${missing.remedy}`)
    }
    return await locateModels(options)
  }
}

function mayFallBack ({ mode, modelFallback, detectorModel, poseModel }: ObtainOptions): boolean {
  return modelFallback === 'starter' && mode !== 'starter' && detectorModel === null && poseModel === null
}

/** What was asked for stays the reason, whatever is wrong with its substitute. */
async function locateStarter (options: LocateOptions, reason: PoseError): Promise<LocatedModels> {
  return await locateModels({ ...options, mode: 'starter', detector: null }).catch((error: unknown) => { throw isPoseError(error) ? reason : error })
}

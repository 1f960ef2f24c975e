import { createPoseError, isPoseError, type PoseError } from '../errors.ts'

/**
 * What an aborted caller gets: the signal's own reason when that is one of our errors (TIME_BUDGET, say),
 * otherwise CANCELLED.
 */
export function createCancelledError (signal: AbortSignal, where: string): PoseError {
  return isPoseError(signal.reason) ? signal.reason : createPoseError('CANCELLED', where)
}

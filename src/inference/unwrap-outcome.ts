import { createPoseError } from '../errors.ts'
import type { Outcome } from '../../workers/protocol.ts'

/** @throws PoseError named as the worker's failure code. Own properties of errors do not cross threads, so values do. */
export function unwrapOutcome (outcome: Outcome) {
  if (!outcome.ok) throw createPoseError(outcome.code, outcome.message)
  return outcome.value
}

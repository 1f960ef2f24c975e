import { isPoseError, type ErrorName } from '../errors.ts'

/** Of pictures, which may be there a moment later: their server is restarted. */
const passingOfTask: ReadonlySet<string> = new Set<ErrorName>(['SOURCE_FAILED', 'SOURCE_TIMEOUT'])

/** These are not about the one task: the others would meet them as well. */
const ofAll: ReadonlySet<string> = new Set<ErrorName>([
  'MODEL_MISSING', 'MODEL_DOWNLOADING', 'MODEL_LOADING', 'MODEL_BROKEN', 'SHUTTING_DOWN', 'OVERLOADED', 'QUEUE_FULL', 'CANCELLED',
  'LABEL_CONFIG_INVALID', 'LABEL_CONFIG_UNMATCHED'
])

/**
 * Whose a failure is. task: of the one task, for good; passing: of the one task, and may be gone in a moment; all: of everything
 * around it.
 */
export function faultKind (error: unknown): 'task' | 'passing' | 'all' {
  if (!isPoseError(error)) return 'task'
  if (passingOfTask.has(error.errorName)) return 'passing'
  return ofAll.has(error.errorName) ? 'all' : 'task'
}

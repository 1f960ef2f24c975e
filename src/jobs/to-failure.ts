import type { PoseError } from '../errors.ts'
import type { TaskFailure } from './job.ts'

export function toFailure (task: number, { code, message }: PoseError): TaskFailure {
  return { task, code, message }
}

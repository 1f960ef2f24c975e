/** Jobs over whole projects, as the HTTP layer and the command line see them. Made by createJobEngine. */
import type { JobRequestBody } from './job-request.ts'
import type { Job } from './job.ts'

export interface JobEngine {
  /**
   * @throws PoseError JOB_ACTIVE, LABEL_STUDIO_* (it does not answer, has no such project), LABEL_CONFIG_*, MODEL_*, JOBS_REDIS
   */
  create (request: JobRequestBody, signal: AbortSignal): Promise<Job>
  /** The newest first, without their failures. @throws PoseError JOBS_REDIS */
  list (): Promise<Job[]>
  /** @param failures most of them @throws PoseError JOB_NOT_FOUND, JOBS_REDIS */
  read (id: string, options?: { failures?: number }): Promise<Job>
  /** Pictures in hand are finished and written. @throws PoseError JOB_NOT_FOUND, JOB_STATE, JOBS_REDIS */
  cancel (id: string): Promise<Job>
  /** Goes on with a cancelled or failed job, or one that is done, with what needs a prediction now. @throws as cancel, MODEL_* */
  resume (id: string, signal: AbortSignal): Promise<Job>
  /** Only the failed tasks of a job that is at an end. @throws as cancel, MODEL_* */
  retryFailed (id: string, signal: AbortSignal): Promise<Job>
  /** Keeps the token that Label Studio has handed to this replica for the others. */
  noteToken (token: string): Promise<void>
  /** Takes no more work from now on: what a closing replica took, it would only put back, at the cost of the others' pages in a minute. */
  beginClose (): void
  /** Finishes and writes the pictures in hand; what is left goes to another replica, or is asked of Label Studio by the next job. */
  close (): Promise<void>
}

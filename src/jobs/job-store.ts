/** What is remembered of jobs. Two kinds: in this process, or in Redis for all replicas. */
import type { JobRequest } from './job-request.ts'
import type { JobState, TaskFailure } from './job.ts'

export interface JobRecord {
  id: string
  request: JobRequest
  state: JobState
  /** Raised with each begin, resume and repetition: work of earlier rounds that turns up late is nobody's. */
  round: number
  modelVersion: string
  reason: string | null
  /** Tasks that it is for; those that have come since are added where it takes them. */
  total: number
  /** Tasks that were done when the present round began. */
  doneBefore: number
  /** Tasks that are done as Label Studio says at the end; null before it, and where it cannot tell. */
  doneAtEnd: number | null
  /** Milliseconds since 1970. */
  createdAt: number
  startedAt: number | null
  endedAt: number | null
  /** Of Label Studio's clock, when the job was made: what it holds from before is old. */
  since: number
  /** Tasks to try once more, of a round that does nothing else; null: all that the request means. */
  only: number[] | null
}

export type RoundId = Pick<JobRecord, 'id' | 'round'>

export interface PageCounts { done: number, people: number }

export interface JobStore {
  /** Runs work while no other that is run so runs, in any replica. @throws PoseError OVERLOADED when it would have to wait for long */
  alone<T> (work: () => Promise<T>): Promise<T>
  /**
   * Also forgets the oldest jobs that are at an end, beyond the limit.
   * @throws PoseError OVERLOADED when so many are not at an end
   */
  add (record: JobRecord): Promise<void>
  /** null: there is none (any more). */
  read (id: string): Promise<JobRecord | null>
  /** The newest first. */
  list (): Promise<JobRecord[]>
  /**
   * Changes a record, unless it has come to another round, or to another state than those expected, meanwhile.
   * @returns whether it did
   */
  update (round: RoundId, expected: readonly JobState[], changes: Partial<JobRecord>): Promise<boolean>
  /** Replaces what is known of a page. @param page its name, the same in each try */
  notePage (round: RoundId, page: string, counts: PageCounts): Promise<void>
  readPage (round: RoundId, page: string): Promise<PageCounts | null>
  /** Of all pages of all rounds: what a late page of an earlier round has done, is done. */
  counts (id: string): Promise<PageCounts>
  /** Replaces what is known of these tasks. */
  noteFailures (round: RoundId, failures: readonly TaskFailure[]): Promise<void>
  forgetFailures (id: string, tasks: readonly number[]): Promise<void>
  forgetAllFailures (id: string): Promise<void>
  countFailures (id: string): Promise<number>
  /** @param most of them; ascending by task as far as they are all given */
  failures (id: string, most: number): Promise<TaskFailure[]>
  /** Of these tasks those that have failed in this round. */
  failedAmong (round: RoundId, tasks: readonly number[]): Promise<Set<number>>
}

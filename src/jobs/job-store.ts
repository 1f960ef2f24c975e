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
  total: number | null
  /** Of earlier rounds. */
  doneBefore: number
  peopleBefore: number
  /** Milliseconds since 1970. */
  createdAt: number
  startedAt: number | null
  endedAt: number | null
  /** Of Label Studio's clock, when the job was made: what it holds from before is old. */
  since: number
  /** Tasks to try once more, of a round that does nothing else; null: all that the request means. */
  only: number[] | null
}

/** What is counted, is counted for a round: a late page of an earlier one changes nothing. */
export type RoundId = Pick<JobRecord, 'id' | 'round'>

/** A page's part of the counts. */
export interface PageCounts { done: number, people: number }

export interface JobCounts extends PageCounts { failed: number }

export interface JobStore {
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
   * Changes a record, unless it has come to another state than those expected meanwhile.
   * @returns whether it did
   */
  update (id: string, expected: readonly JobState[], changes: Partial<JobRecord>): Promise<boolean>
  /** Forgets counts and failures of a round. */
  forgetRound (round: RoundId): Promise<void>
  /** Replaces what is known of a page. @param page its name, the same in each try */
  notePage (round: RoundId, page: string, counts: PageCounts): Promise<void>
  readPage (round: RoundId, page: string): Promise<PageCounts | null>
  counts (round: RoundId): Promise<JobCounts>
  noteFailures (round: RoundId, failures: readonly TaskFailure[]): Promise<void>
  /** @param most of them; ascending by task as far as they are all given */
  failures (round: RoundId, most: number): Promise<TaskFailure[]>
  /** Of these tasks the failed ones. */
  failedAmong (round: RoundId, tasks: readonly number[]): Promise<Set<number>>
}

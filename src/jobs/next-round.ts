import type { JobRecord, JobStore } from './job-store.ts'
import type { JobState } from './job.ts'

/**
 * Notes the next round of a job that is in one of these states; the caller hands it out.
 * @returns its number; null: the job has come to another state meanwhile
 */
export async function nextRound (store: JobStore, record: JobRecord, states: readonly JobState[], changes: Partial<JobRecord> = {}): Promise<number | null> {
  const round = record.round + 1
  const begun: Partial<JobRecord> = { round, only: null, state: 'waiting', reason: null, startedAt: null, endedAt: null, doneAtEnd: null, ...changes }
  return await store.update(record, states, begun) ? round : null
}

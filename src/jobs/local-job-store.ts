import { createPoseError } from '../errors.ts'
import type { TaskFailure } from './job.ts'
import type { JobRecord, JobStore, PageCounts, RoundId } from './job-store.ts'
import { sumCounts } from './sum-counts.ts'

interface Kept {
  record: JobRecord
  /** Of the present round. */
  pages: Map<string, PageCounts>
  failures: Map<number, TaskFailure>
}

const nothing: Pick<Kept, 'pages' | 'failures'> = { pages: new Map(), failures: new Map() }

/**
 * Jobs in the memory of this process: gone with it, while their results are in Label Studio.
 * @param most jobs that are remembered
 */
export function createLocalJobStore ({ most }: { most: number }): JobStore {
  const jobs = new Map<string, Kept>()

  function find ({ id, round }: RoundId): Kept | undefined {
    const job = jobs.get(id)
    return job?.record.round === round ? job : undefined
  }

  return {
    async add (record) {
      for (const [id, { record: { endedAt } }] of jobs) {
        if (jobs.size < most) break
        if (endedAt !== null) jobs.delete(id)
      }
      if (jobs.size >= most) throw createPoseError('OVERLOADED', `${most} jobs wait or run, see MAX_JOBS`)
      jobs.set(record.id, { record, pages: new Map(), failures: new Map() })
    },
    async read (id) { return jobs.get(id)?.record ?? null },
    async list () { return [...jobs.values()].map(({ record }) => record).reverse() },
    async update (id, expected, changes) {
      const job = jobs.get(id)
      if (job === undefined || !expected.includes(job.record.state)) return false
      if (changes.round !== undefined) {
        job.pages.clear()
        job.failures.clear()
      }
      job.record = { ...job.record, ...changes }
      return true
    },
    // A new round has taken its place.
    async forgetRound () {},
    async notePage (round, page, counts) { find(round)?.pages.set(page, { ...counts }) },
    async readPage (round, page) { return find(round)?.pages.get(page) ?? null },
    async counts (round) {
      const { pages, failures } = find(round) ?? nothing
      return { ...sumCounts(pages.values()), failed: failures.size }
    },
    async noteFailures (round, failures) {
      for (const failure of failures) find(round)?.failures.set(failure.task, failure)
    },
    async failures (round, most) {
      return [...(find(round) ?? nothing).failures.values()].sort((a, b) => a.task - b.task).slice(0, most)
    },
    async failedAmong (round, tasks) {
      const { failures } = find(round) ?? nothing
      return new Set(tasks.filter((task) => failures.has(task)))
    }
  }
}

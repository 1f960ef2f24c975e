import { createPoseError } from '../errors.ts'
import { createTurns } from './create-turns.ts'
import type { TaskFailure } from './job.ts'
import type { JobRecord, JobStore, PageCounts } from './job-store.ts'
import { sumCounts } from './sum-counts.ts'

interface Kept {
  record: JobRecord
  /** By round and name. */
  pages: Map<string, PageCounts>
  failures: Map<number, TaskFailure & { round: number }>
}

const nothing: Pick<Kept, 'pages' | 'failures'> = { pages: new Map(), failures: new Map() }

/**
 * Jobs in the memory of this process: gone with it, while their results are in Label Studio.
 * @param most jobs that are remembered
 */
export function createLocalJobStore ({ most }: { most: number }): JobStore {
  const jobs = new Map<string, Kept>()

  return {
    alone: createTurns(),
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
    async update ({ id, round }, expected, changes) {
      const job = jobs.get(id)
      if (job === undefined || job.record.round !== round || !expected.includes(job.record.state)) return false
      job.record = { ...job.record, ...changes }
      return true
    },
    async notePage ({ id, round }, page, counts) { jobs.get(id)?.pages.set(`${round}/${page}`, { ...counts }) },
    async readPage ({ id, round }, page) { return jobs.get(id)?.pages.get(`${round}/${page}`) ?? null },
    async counts (id) { return sumCounts((jobs.get(id) ?? nothing).pages.values()) },
    async noteFailures ({ id, round }, failures) {
      for (const failure of failures) jobs.get(id)?.failures.set(failure.task, { ...failure, round })
    },
    async forgetFailures (id, tasks) {
      for (const task of tasks) jobs.get(id)?.failures.delete(task)
    },
    async forgetAllFailures (id) { jobs.get(id)?.failures.clear() },
    async countFailures (id) { return (jobs.get(id) ?? nothing).failures.size },
    async failures (id, most) {
      const failures = [...(jobs.get(id) ?? nothing).failures.values()].sort((a, b) => a.task - b.task)
      return failures.slice(0, most).map(({ task, code, message }) => ({ task, code, message }))
    },
    async failedAmong ({ id, round }, tasks) {
      const { failures } = jobs.get(id) ?? nothing
      return new Set(tasks.filter((task) => failures.get(task)?.round === round))
    }
  }
}

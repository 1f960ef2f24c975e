import type { Redis } from 'ioredis'
import { createPoseError } from '../errors.ts'
import type { TaskFailure } from './job.ts'
import type { JobRecord, JobStore, PageCounts, RoundId } from './job-store.ts'
import { sumCounts } from './sum-counts.ts'

/**
 * Jobs in Redis, the same for all replicas. Keys under `<prefix>:job`: a sorted set of all, and for each its record, a hash of
 * its pages' counts, and a hash of its failures by task. What is noted twice (after a replica has ended in the middle) is noted once.
 * @param most jobs that are remembered
 */
export function createRedisJobStore (redis: Redis, { prefix, most }: { prefix: string, most: number }): JobStore {
  const all = `${prefix}:jobs`
  const keyOf = (id: string) => `${prefix}:job:${id}`
  const pagesOf = ({ id, round }: RoundId) => `${keyOf(id)}:${round}:pages`
  const failuresOf = ({ id, round }: RoundId) => `${keyOf(id)}:${round}:failures`

  async function read (id: string): Promise<JobRecord | null> {
    const text = await redis.get(keyOf(id))
    return text === null ? null : JSON.parse(text) as JobRecord
  }

  async function makeRoom (): Promise<void> {
    const ids = await redis.zrange(all, 0, '-1')
    let excess = ids.length + 1 - most
    for (const id of ids) {
      if (excess <= 0) return
      const record = await read(id)
      if (record !== null && record.endedAt === null) continue
      const round = { id, round: record?.round ?? 1 }
      await redis.multi().zrem(all, id).del(keyOf(id), pagesOf(round), failuresOf(round)).exec()
      excess--
    }
    if (excess > 0) throw createPoseError('OVERLOADED', `${most} jobs wait or run, see MAX_JOBS`)
  }

  return {
    async add (record) {
      await makeRoom()
      await redis.multi().set(keyOf(record.id), JSON.stringify(record)).zadd(all, record.createdAt, record.id).exec()
    },
    read,
    async list () {
      const records = await Promise.all((await redis.zrevrange(all, 0, '-1')).map(read))
      return records.filter((record) => record !== null)
    },
    async update (id, expected, changes) {
      // Two replicas may change it at once: the second sees that the text is another one, and looks again.
      for (;;) {
        const text = await redis.get(keyOf(id))
        if (text === null) return false
        const record = JSON.parse(text) as JobRecord
        if (!expected.includes(record.state)) return false
        if (await redis.eval(compareAndSet, 1, keyOf(id), text, JSON.stringify({ ...record, ...changes })) === 1) return true
      }
    },
    async forgetRound (round) { await redis.del(pagesOf(round), failuresOf(round)) },
    async notePage (round, page, counts) { await redis.hset(pagesOf(round), page, JSON.stringify(counts)) },
    async readPage (round, page) {
      const text = await redis.hget(pagesOf(round), page)
      return text === null ? null : JSON.parse(text) as PageCounts
    },
    async counts (round) {
      const [pages, failed] = await Promise.all([redis.hvals(pagesOf(round)), redis.hlen(failuresOf(round))])
      return { ...sumCounts(pages.map((text) => JSON.parse(text) as PageCounts)), failed }
    },
    async noteFailures (round, failures) {
      if (failures.length > 0) await redis.hset(failuresOf(round), Object.fromEntries(failures.map((failure) => [String(failure.task), JSON.stringify(failure)])))
    },
    async failures (round, most) {
      const found: TaskFailure[] = []
      let cursor = '0'
      do {
        const [next, entries] = await redis.hscan(failuresOf(round), cursor, 'COUNT', 500)
        for (let i = 1; i < entries.length; i += 2) found.push(JSON.parse(entries[i]!) as TaskFailure)
        cursor = next
      } while (cursor !== '0' && found.length < most)
      // A scan may give an entry twice.
      return [...new Map(found.map((failure) => [failure.task, failure])).values()].sort((a, b) => a.task - b.task).slice(0, most)
    },
    async failedAmong (round, tasks) {
      if (tasks.length === 0) return new Set()
      const texts = await redis.hmget(failuresOf(round), ...tasks.map(String))
      return new Set(tasks.filter((_, index) => texts[index] !== null))
    }
  }
}

const compareAndSet = "if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('set', KEYS[1], ARGV[2]) return 1 end return 0"

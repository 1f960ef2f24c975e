import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { createPoseError } from '../errors.ts'
import type { TaskFailure } from './job.ts'
import type { JobRecord, JobStore, PageCounts } from './job-store.ts'
import { sumCounts } from './sum-counts.ts'

/** Counts and failures that a late page writes for a job that is forgotten go by themselves. */
const keptSeconds = 30 * 24 * 3600
/** Of a replica that ends while it holds the lock; what is done under it takes moments. */
const lockMs = 5000
const lockPauseMs = 50

/**
 * Jobs in Redis, the same for all replicas. Keys under `<prefix>:job`: a sorted set of all, and for each its record, a hash of
 * its pages' counts, and a hash of its failures by task. What is noted twice (after a replica has ended in the middle) is noted once.
 * @param most jobs that are remembered
 */
export function createRedisJobStore (redis: Redis, { prefix, most }: { prefix: string, most: number }): JobStore {
  const all = `${prefix}:jobs`
  const lock = `${prefix}:jobs:lock`
  const keyOf = (id: string) => `${prefix}:job:${id}`
  const pagesOf = (id: string) => `${keyOf(id)}:pages`
  const failuresOf = (id: string) => `${keyOf(id)}:failures`

  async function read (id: string): Promise<JobRecord | null> {
    const text = await redis.get(keyOf(id))
    return text === null ? null : JSON.parse(text) as JobRecord
  }

  async function remove (id: string): Promise<void> {
    await redis.multi().zrem(all, id).del(keyOf(id), pagesOf(id), failuresOf(id)).exec()
  }

  async function makeRoom (): Promise<void> {
    const ids = await redis.zrange(all, 0, '-1')
    let excess = ids.length + 1 - most
    for (const id of ids) {
      if (excess <= 0) return
      const record = await read(id)
      if (record !== null && record.endedAt === null) continue
      await remove(id)
      excess--
    }
    if (excess > 0) throw createPoseError('OVERLOADED', `${most} jobs wait or run, see MAX_JOBS`)
  }

  async function note (key: string, fields: Record<string, string>): Promise<void> {
    await redis.multi().hset(key, fields).expire(key, keptSeconds).exec()
  }

  return {
    async alone (work) {
      const own = randomUUID()
      for (let tries = 0; await redis.set(lock, own, 'PX', lockMs, 'NX') === null; tries++) {
        if (tries * lockPauseMs >= lockMs) throw createPoseError('OVERLOADED', 'other jobs are being made')
        await sleep(lockPauseMs)
      }
      try {
        return await work()
      } finally {
        await redis.eval(unlock, 1, lock, own)
      }
    },
    async add (record) {
      await makeRoom()
      await redis.multi().set(keyOf(record.id), JSON.stringify(record)).zadd(all, record.createdAt, record.id).exec()
    },
    read,
    async list () {
      const records = await Promise.all((await redis.zrevrange(all, 0, '-1')).map(read))
      return records.filter((record) => record !== null)
    },
    async update ({ id, round }, expected, changes) {
      // Two replicas may change it at once: the second sees that the text is another one, and looks again.
      for (;;) {
        const text = await redis.get(keyOf(id))
        if (text === null) return false
        const record = JSON.parse(text) as JobRecord
        if (record.round !== round || !expected.includes(record.state)) return false
        if (await redis.eval(compareAndSet, 1, keyOf(id), text, JSON.stringify({ ...record, ...changes })) === 1) return true
      }
    },
    async notePage ({ id, round }, page, counts) { await note(pagesOf(id), { [`${round}/${page}`]: JSON.stringify(counts) }) },
    async readPage ({ id, round }, page) {
      const text = await redis.hget(pagesOf(id), `${round}/${page}`)
      return text === null ? null : JSON.parse(text) as PageCounts
    },
    async counts (id) { return sumCounts((await redis.hvals(pagesOf(id))).map((text) => JSON.parse(text) as PageCounts)) },
    async noteFailures ({ id, round }, failures) {
      if (failures.length > 0) await note(failuresOf(id), Object.fromEntries(failures.map((failure) => [String(failure.task), JSON.stringify({ ...failure, round })])))
    },
    async forgetFailures (id, tasks) {
      if (tasks.length > 0) await redis.hdel(failuresOf(id), ...tasks.map(String))
    },
    async forgetAllFailures (id) { await redis.del(failuresOf(id)) },
    async countFailures (id) { return await redis.hlen(failuresOf(id)) },
    async failures (id, most) {
      // A scan may give an entry twice.
      const found = new Map<number, TaskFailure>()
      let cursor = '0'
      do {
        const [next, entries] = await redis.hscan(failuresOf(id), cursor, 'COUNT', 500)
        for (let i = 1; i < entries.length; i += 2) {
          const { task, code, message } = JSON.parse(entries[i]!) as TaskFailure
          found.set(task, { task, code, message })
        }
        cursor = next
      } while (cursor !== '0' && found.size < most)
      return [...found.values()].sort((a, b) => a.task - b.task).slice(0, most)
    },
    async failedAmong ({ id, round }, tasks) {
      if (tasks.length === 0) return new Set()
      const texts = await redis.hmget(failuresOf(id), ...tasks.map(String))
      return new Set(tasks.filter((_, index) => texts[index] !== null && (JSON.parse(texts[index]!) as { round: number }).round === round))
    }
  }
}

const unlock = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"
const compareAndSet = "if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('set', KEYS[1], ARGV[2]) return 1 end return 0"

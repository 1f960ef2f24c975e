import { createPoseError, isPoseError } from '../errors.ts'
import { createJobEngine, type JobEngineOptions } from './create-job-engine.ts'
import type { JobEngine } from './job-engine.ts'
import { redisConnection } from '../redis-connection.ts'
import { redisRefusal } from './redis-refusal.ts'
import { createRedisJobStore } from './redis-job-store.ts'
import { createRedisRoundQueue } from './redis-round-queue.ts'

export interface RedisJobsOptions extends Omit<JobEngineOptions, 'store' | 'createQueue'> {
  url: string
  /** Of all keys; replicas with the same share their jobs. */
  prefix: string
  pagesPerMinute: number
  takeOverMs: number
  /** Most jobs that are remembered. */
  mostJobs: number
  /** Takes the token that Label Studio has handed to another replica. */
  offerToken: (token: string) => void
}

/**
 * Jobs in Redis. The token that Label Studio hands out in /setup reaches one replica alone; it is kept in Redis for the others.
 */
export function openRedisJobs ({ url, prefix, pagesPerMinute, takeOverMs, mostJobs, offerToken, ...options }: RedisJobsOptions): JobEngine {
  // What somebody waits for fails after two tries; what works in the background waits for Redis to come back.
  const prompt = redisConnection(url, { log: options.log, meanwhile: 'questions about jobs are refused', maxRetriesPerRequest: 2 })
  const patient = redisConnection(url, { log: options.log, meanwhile: 'jobs stand still', maxRetriesPerRequest: null })
  const tokenKey = `${prefix}:token`
  const engine = createJobEngine({
    ...options,
    async prepare () {
      const token = await prompt.redis.get(tokenKey)
      if (token !== null) offerToken(token)
    },
    store: createRedisJobStore(prompt.redis, { prefix, most: mostJobs }),
    createQueue: (work) => createRedisRoundQueue(work, { connection: patient.redis, prompt: prompt.redis, isConnected: () => patient.redis.status === 'ready', prefix, pagesPerMinute, takeOverMs, log: options.log })
  })
  return {
    create: (...args) => reached(engine.create(...args)),
    list: () => reached(engine.list()),
    read: (...args) => reached(engine.read(...args)),
    cancel: (...args) => reached(engine.cancel(...args)),
    resume: (...args) => reached(engine.resume(...args)),
    retryFailed: (...args) => reached(engine.retryFailed(...args)),
    async noteToken (token) { await prompt.redis.set(tokenKey, token) },
    beginClose: engine.beginClose,
    async close () {
      await engine.close().catch((err: unknown) => { options.log.warn({ err }, 'the jobs are closed without Redis') })
      prompt.end()
      patient.end()
    }
  }
}

/** Faults of the connection, and what Redis refuses altogether, in words for the caller. */
async function reached<T> (answer: Promise<T>): Promise<T> {
  return await answer.catch((error: unknown) => {
    if (isPoseError(error) || !(error instanceof Error)) throw error
    if (error.name === 'MaxRetriesPerRequestError' || error.message.startsWith('Connection is closed')) throw createPoseError('JOBS_REDIS', 'no connection')
    const refusal = redisRefusal(error)
    if (refusal !== null) throw createPoseError('JOBS_REDIS', refusal)
    throw error
  })
}

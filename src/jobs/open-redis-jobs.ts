import { Redis } from 'ioredis'
import { createPoseError, isPoseError } from '../errors.ts'
import { isCertificateFault } from '../is-certificate-fault.ts'
import { createJobEngine, type JobEngineOptions } from './create-job-engine.ts'
import type { JobEngine } from './job-engine.ts'
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
  let isGivenUp = false
  const common = { connectTimeout: 5000, retryStrategy: (times: number) => isGivenUp ? null : Math.min(100 * times, 2000) }
  const prompt = new Redis(url, { ...common, maxRetriesPerRequest: 2 })
  const patient = new Redis(url, { ...common, maxRetriesPerRequest: null })
  for (const connection of [prompt, patient]) {
    connection.on('error', (err: NodeJS.ErrnoException) => {
      options.log.warn({ err }, isCertificateFault(err.code)
        ? `the certificate of Redis is not trusted (${err.code}): name the file of its authority in NODE_EXTRA_CA_CERTS`
        : 'Redis does not answer, see REDIS_URL')
    })
  }
  const tokenKey = `${prefix}:token`
  const engine = createJobEngine({
    ...options,
    async prepare () {
      const token = await prompt.get(tokenKey)
      if (token !== null) offerToken(token)
    },
    store: createRedisJobStore(prompt, { prefix, most: mostJobs }),
    createQueue: (work) => createRedisRoundQueue(work, { connection: patient, prompt, isConnected: () => patient.status === 'ready', prefix, pagesPerMinute, takeOverMs, log: options.log })
  })
  return {
    create: (...args) => reached(engine.create(...args)),
    list: () => reached(engine.list()),
    read: (...args) => reached(engine.read(...args)),
    cancel: (...args) => reached(engine.cancel(...args)),
    resume: (...args) => reached(engine.resume(...args)),
    retryFailed: (...args) => reached(engine.retryFailed(...args)),
    async noteToken (token) { await prompt.set(tokenKey, token) },
    async close () {
      await engine.close().catch((err: unknown) => { options.log.warn({ err }, 'the jobs are closed without Redis') })
      isGivenUp = true
      prompt.disconnect()
      patient.disconnect()
    }
  }
}

/** Faults of the connection in words for the caller. */
async function reached<T> (answer: Promise<T>): Promise<T> {
  return await answer.catch((error: unknown) => {
    if (isPoseError(error) || !(error instanceof Error)) throw error
    if (error.name === 'MaxRetriesPerRequestError' || error.message.startsWith('Connection is closed')) throw createPoseError('JOBS_REDIS', 'no connection')
    throw error
  })
}

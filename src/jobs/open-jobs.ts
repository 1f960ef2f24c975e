import { createJobEngine, type JobEngineOptions } from './create-job-engine.ts'
import type { JobEngine } from './job-engine.ts'
import { createLocalJobStore } from './local-job-store.ts'
import { createLocalRoundQueue } from './local-round-queue.ts'

export interface OpenJobsOptions extends Omit<JobEngineOptions, 'store' | 'createQueue'> {
  /** null: the jobs are those of this process. */
  redisUrl: string | null
  redisPrefix: string
  pagesPerMinute: number
  takeOverMs: number
  /** Most jobs that are remembered. */
  mostJobs: number
  /** Takes the token that Label Studio has handed to another replica. */
  offerToken: (token: string) => void
}

/** Jobs of this process, or with Redis those of all replicas. Redis is connected to in the background; until then the jobs are refused with JOBS_REDIS. */
export async function openJobs ({ redisUrl, redisPrefix, pagesPerMinute, takeOverMs, mostJobs, offerToken, ...options }: OpenJobsOptions): Promise<JobEngine> {
  if (redisUrl === null) {
    return createJobEngine({
      ...options,
      store: createLocalJobStore({ most: mostJobs }),
      createQueue: (work) => createLocalRoundQueue(work, { pagesPerMinute, log: options.log })
    })
  }
  // Nobody without Redis waits for its packages to load.
  const { openRedisJobs } = await import('./open-redis-jobs.ts')
  return openRedisJobs({ url: redisUrl, prefix: redisPrefix, pagesPerMinute, takeOverMs, mostJobs, offerToken, ...options })
}

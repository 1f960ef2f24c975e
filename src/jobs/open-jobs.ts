import { createJobEngine } from './create-job-engine.ts'
import type { JobEngine } from './job-engine.ts'
import { createLocalJobStore } from './local-job-store.ts'
import { createLocalRoundQueue } from './local-round-queue.ts'
import type { RedisJobsOptions } from './open-redis-jobs.ts'

export interface OpenJobsOptions extends Omit<RedisJobsOptions, 'url'> {
  /** null: the jobs are those of this process. */
  url: string | null
}

/** Jobs of this process, or with Redis those of all replicas. Redis is connected to in the background; until then the jobs are refused with JOBS_REDIS. */
export async function openJobs ({ url, ...options }: OpenJobsOptions): Promise<JobEngine> {
  if (url === null) {
    return createJobEngine({
      ...options,
      store: createLocalJobStore({ most: options.mostJobs }),
      createQueue: (work) => createLocalRoundQueue(work, options)
    })
  }
  // Nobody without Redis waits for its packages to load.
  const { openRedisJobs } = await import('./open-redis-jobs.ts')
  return openRedisJobs({ url, ...options })
}

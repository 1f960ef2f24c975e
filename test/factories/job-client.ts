import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { JobRequestBody } from '../../src/jobs/job-request.ts'
import type { Job } from '../../src/jobs/job.ts'

/** Jobs over HTTP, as a client sees them. */
export interface JobClient {
  create (request: JobRequestBody): Promise<Job>
  read (id: string): Promise<Job>
  act (id: string, act: 'cancel' | 'resume' | 'retry-failed'): Promise<Job>
  /** Waits until it is as asked; by default at an end. */
  until (id: string, is?: (job: Job) => boolean): Promise<Job>
}

export function createJobClient (app: FastifyInstance): JobClient {
  async function call (method: 'GET' | 'POST', url: string, payload?: object): Promise<Job> {
    const answer = await app.inject({ method, url, ...(payload && { payload }) })
    if (answer.statusCode >= 300) throw new Error(`${answer.statusCode}: ${answer.body}`)
    return answer.json<Job>()
  }
  const read = (id: string) => call('GET', `/jobs/${id}`)
  return {
    create: (request) => call('POST', '/jobs', request),
    read,
    act: (id, act) => call('POST', `/jobs/${id}/${act}`),
    async until (id, is = ({ ended_at: endedAt }) => endedAt !== null) {
      for (let tries = 0; tries < 1200; tries++) {
        const job = await read(id)
        if (is(job)) return job
        await sleep(50)
      }
      throw new Error(`the job never came so far: ${JSON.stringify(await read(id))}`)
    }
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { anySignal } from '../../src/any-signal.ts'
import { createPoseError } from '../../src/errors.ts'
import type { JobEngine } from '../../src/jobs/job-engine.ts'
import { JobRequestSchema } from '../../src/jobs/job-request.ts'
import { JobSchema, type Job } from '../../src/jobs/job.ts'
import { bodyErrors, errorAnswers } from '../error-answers.ts'

/** 10,000 numbers of tasks have room in it. */
const bodyLimit = 512 * 1024
const mostFailures = 10_000
/** Streams of events at once: each asks for its job every second. */
const mostStreams = 50
const lookMs = 1000
/** Proxies close what is silent for a minute. */
const heartbeatMs = 15_000

const IdSchema = Type.Object({ id: Type.String({ pattern: '^[0-9a-f-]{36}$', description: 'As POST /jobs has answered it' }) })
const guardErrors = ['API_TOKEN_WRONG', 'API_TOKEN_UNSET', 'JOBS_UNAVAILABLE', 'JOBS_REDIS', 'SHUTTING_DOWN'] as const

/** Jobs over whole projects: they act with the token of Label Studio, so they are not for everybody. */
export const jobRoutes: FastifyPluginAsyncTypebox = async (fastify) => {
  const common = { tags: ['Jobs'], security: fastify.apiTokenSecurity }
  const closing = new AbortController()
  let streams = 0

  // A stream would keep the server open for as long as its job lasts.
  fastify.addHook('preClose', async () => { closing.abort() })
  fastify.addHook('onRequest', fastify.requireApiToken)
  fastify.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'no-store') })

  fastify.post('/jobs', {
    bodyLimit,
    schema: {
      ...common,
      operationId: 'createJob',
      summary: 'Gives the tasks of a project their predictions, in the background; goes on where an earlier job has ended',
      body: JobRequestSchema,
      response: {
        202: JobSchema,
        ...errorAnswers(...bodyErrors, ...guardErrors, 'JOB_ACTIVE', 'LABEL_CONFIG_INVALID', 'LABEL_CONFIG_UNMATCHED', 'LABEL_STUDIO_UNREACHABLE')
      }
    }
  }, async (request, reply) => {
    const job = await (await engine()).create(request.body, request.clientSignal)
    request.log.info({ job: job.id, project: job.project }, 'job made')
    return reply.code(202).header('location', `/jobs/${job.id}`).send(job)
  })

  fastify.get('/jobs', {
    schema: {
      ...common,
      operationId: 'listJobs',
      summary: 'All jobs that are remembered, the newest first, without their failures',
      response: { 200: Type.Object({ jobs: Type.Array(JobSchema) }), ...errorAnswers(...guardErrors) }
    }
  }, async () => ({ jobs: await (await engine()).list() }))

  fastify.get('/jobs/:id', {
    schema: {
      ...common,
      operationId: 'readJob',
      summary: 'How far a job is, with its failures',
      params: IdSchema,
      // Numbers come as text, and validation here rewrites nothing.
      querystring: Type.Object({ failures: Type.Optional(Type.String({ pattern: '^(\\d{1,4}|10000)$', description: `Most failures in the answer, 100 by default, ${mostFailures} at most` })) }),
      response: { 200: JobSchema, ...errorAnswers('REQUEST_INVALID', ...guardErrors, 'JOB_NOT_FOUND') }
    }
  }, async (request) => {
    const { failures } = request.query
    return await (await engine()).read(request.params.id, failures === undefined ? {} : { failures: Number(failures) })
  })

  fastify.get('/jobs/:id/events', {
    // The answer to HEAD would be over at once, and the stream behind it go on until the job ends.
    exposeHeadRoute: false,
    schema: {
      ...common,
      operationId: 'watchJob',
      summary: 'Server-sent events: the job at once and after each change, until it is at an end',
      params: IdSchema,
      response: { 200: Type.String({ description: 'text/event-stream; `data` is a job without its failures, as JSON' }), ...errorAnswers('REQUEST_INVALID', ...guardErrors, 'JOB_NOT_FOUND', 'OVERLOADED') }
    }
  }, async (request, reply) => {
    const jobs = await engine()
    const first = await jobs.read(request.params.id, { failures: 0 })
    if (streams >= mostStreams) throw createPoseError('OVERLOADED', `${streams} streams of events are open`)
    streams++
    const events = Readable.from(watch(jobs, first, anySignal([request.clientSignal, closing.signal])))
    events.once('close', () => { streams-- })
    return (reply as FastifyReply).type('text/event-stream').header('x-accel-buffering', 'no').send(events)
  })

  const acts = {
    cancel: { summary: 'Ends a job; pictures in hand are finished and written', act: (jobs: JobEngine, id: string) => jobs.cancel(id) },
    resume: { summary: 'Goes on with a job that is at an end, with all that needs a prediction now', act: (jobs: JobEngine, id: string, signal: AbortSignal) => jobs.resume(id, signal) },
    'retry-failed': { summary: 'Tries the failed tasks of a job once more', act: (jobs: JobEngine, id: string, signal: AbortSignal) => jobs.retryFailed(id, signal) }
  }
  for (const [name, { summary, act }] of Object.entries(acts)) {
    fastify.post(`/jobs/:id/${name}`, {
      schema: {
        ...common,
        operationId: `${name.replace('-failed', 'Failed')}Job`,
        summary,
        params: IdSchema,
        response: { 200: JobSchema, ...errorAnswers('REQUEST_INVALID', ...guardErrors, 'JOB_NOT_FOUND', 'JOB_STATE', 'JOB_ACTIVE') }
      }
    }, async (request) => await act(await engine(), request.params.id, request.clientSignal))
  }

  function engine (): Promise<JobEngine> {
    return fastify.poseService.jobs()
  }
}

async function * watch (jobs: JobEngine, first: Job, signal: AbortSignal): AsyncGenerator<string> {
  let shown = ''
  let shownAt = 0
  for (let job = first; !signal.aborted; job = await jobs.read(job.id, { failures: 0 })) {
    const text = JSON.stringify(job)
    if (text !== shown || Date.now() - shownAt >= heartbeatMs) {
      yield text === shown ? ': still here\n\n' : `event: job\ndata: ${text}\n\n`
      shownAt = Date.now()
    }
    shown = text
    if (job.ended_at !== null) return
    await sleep(lookMs, undefined, { signal }).catch(() => {})
  }
}

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyContextConfig, FastifyReply } from 'fastify'
import Type from 'typebox'
import { commonErrors, errorAnswers, modelErrors } from '../error-answers.ts'
import { sendPageFile, type PageFile } from '../playground/page-file.ts'
import { prefersHtml } from '../prefers-html.ts'
import { unbounded } from '../unbounded.ts'

const HealthSchema = Type.Object({
  status: Type.Literal('ok'),
  model_loaded: Type.Boolean({ description: 'At least one worker holds the networks, and none loads for the first time' }),
  model_version: Type.Union([Type.String(), Type.Null()]),
  mode: Type.String(),
  device: Type.String({ description: 'What the networks really run on' }),
  reason: Type.Union([Type.String(), Type.Null()], { description: 'Why there is no model, and what to do' }),
  warnings: Type.Array(Type.String()),
  fallback: Type.Union([
    Type.Object({ mode: Type.Literal('starter'), reason: Type.String({ description: 'Why, and what to do' }) }),
    Type.Null()
  ], { description: 'Set while the starter models stand in for those of `mode`; null otherwise' }),
  download: Type.Union([
    Type.Array(Type.Object({ title: Type.String(), received: Type.Integer(), total: Type.Union([Type.Integer(), Type.Null()]) })),
    Type.Null()
  ], { description: 'Model files that are being downloaded, in bytes; null when none are' }),
  models: Type.Object({
    detector: Type.Union([Type.String(), Type.Null()]),
    pose: Type.Union([Type.String(), Type.Null()]),
    licenses: Type.Array(Type.String())
  }),
  workers: Type.Object({ wanted: Type.Integer(), ready: Type.Integer() }),
  pictures: Type.Object({
    waiting: Type.Integer(),
    running: Type.Integer(),
    estimated: Type.Integer({ description: 'By the networks since the start; what was known or asked for twice at once is not counted' })
  })
}, {
  examples: [{
    status: 'ok',
    model_loaded: true,
    model_version: 'rtmlib-balanced@3f2a91c4',
    mode: 'balanced',
    device: 'cpu',
    reason: null,
    warnings: [],
    fallback: null,
    download: null,
    models: { detector: 'YOLOX-m Human-Art 640', pose: 'RTMW-l 256x192', licenses: ['Apache-2.0'] },
    workers: { wanted: 2, ready: 2 },
    pictures: { waiting: 0, running: 1, estimated: 212 }
  }]
})

/**
 * Probes must answer within a second whatever the load: Label Studio asks /health before every batch and shows the
 * backend as disconnected otherwise. So they are outside rate limit and load shedding, and touch no disk and no thread.
 */
const probe: FastifyContextConfig = { ...unbounded, isProbe: true }

export interface HealthRoutesOptions {
  /** For browsers at /; null: they get what everybody gets. */
  page: PageFile | null
}

/** GET /, /health, /ready, /live. */
export const healthRoutes: FastifyPluginAsyncTypebox<HealthRoutesOptions> = async (fastify, { page }) => {
  const { poseService } = fastify

  fastify.get('/', {
    // Who wants a client certificate does not show the playground to those without one.
    config: unbounded,
    logLevel: 'warn',
    schema: {
      tags: ['Label Studio', 'Operation'],
      operationId: 'root',
      summary: 'The same as /health; the playground for browsers, which prefer text/html (PLAYGROUND=false: never)',
      response: {
        200: { description: 'State of the service, or the page', content: { 'application/json': { schema: HealthSchema }, 'text/html': { schema: Type.String() } } },
        ...commonErrors
      }
    }
  }, async (request, reply: FastifyReply) => {
    if (page !== null) {
      // CORS may have said something there.
      reply.header('vary', [reply.getHeader('vary'), 'accept'].filter((name) => name !== undefined).join(', '))
      if (prefersHtml(request.headers.accept)) return sendPageFile(request, reply, page)
    }
    return reply.send(poseService.health())
  })

  fastify.get('/health', {
    config: probe,
    logLevel: 'warn',
    schema: {
      tags: ['Label Studio', 'Operation'],
      operationId: 'health',
      summary: 'State of the service; 200 as long as it runs, with or without a model',
      response: { 200: HealthSchema, ...commonErrors }
    }
  }, async () => poseService.health())

  fastify.get('/ready', {
    config: probe,
    logLevel: 'warn',
    schema: {
      tags: ['Operation'],
      operationId: 'ready',
      summary: '200 when pictures can be taken, 503 with the reason otherwise; for load balancers',
      response: { 200: Type.Object({ ready: Type.Literal(true) }), ...errorAnswers(...modelErrors) }
    }
  }, async () => {
    const unreadiness = poseService.unreadiness()
    if (unreadiness) throw unreadiness
    return { ready: true as const }
  })

  fastify.get('/live', {
    config: probe,
    logLevel: 'warn',
    schema: {
      tags: ['Operation'],
      operationId: 'live',
      summary: '200 as long as the process answers',
      response: { 200: Type.Object({ live: Type.Literal(true) }), ...commonErrors }
    }
  }, async () => ({ live: true as const }))
}

import fp from 'fastify-plugin'
import type { Metrics } from '../src/metrics/metrics.ts'
import { routeOf } from './route-of.ts'

/** Notes every answered request for /metrics. */
export default fp(async function noteRequests (fastify, { metrics }: { metrics: Metrics }) {
  fastify.addHook('onResponse', async (request, reply) => {
    metrics.noteRequest({ method: request.method, route: routeOf(request) ?? 'unknown', status: reply.statusCode, seconds: reply.elapsedTime / 1000 })
    if (reply.refusal !== null) metrics.noteError(reply.refusal.code, 'request')
  })
}, { name: 'metrics', dependencies: ['error-handler'] })

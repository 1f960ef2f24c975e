import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Metrics } from '../src/metrics/metrics.ts'

/** Notes every answered request for /metrics: by its route, since addresses and their queries may be anything. */
export default fp(async function noteRequests (fastify, { metrics }: { metrics: Metrics }) {
  fastify.addHook('onResponse', async (request, reply) => {
    metrics.noteRequest({ method: request.method, route: routeOf(request), status: reply.statusCode, seconds: reply.elapsedTime / 1000 })
    if (reply.refusal !== null) metrics.noteError(reply.refusal.code, 'request')
  })
}, { name: 'metrics', dependencies: ['error-handler'] })

function routeOf ({ is404, routeOptions }: FastifyRequest): string {
  return is404 ? 'unknown' : routeOptions.url?.replace(/:(\w+)/g, '{$1}') ?? 'unknown'
}

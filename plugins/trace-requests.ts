import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Span, SpanFacts, Traces } from '../src/traces/traces.ts'
import { routeOf } from './route-of.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** null: this request is in no trace. */
    span: Span | null
  }
}

/**
 * A span for each request, in the trace of its sender where that says one (W3C Trace Context). What is asked every few seconds, and not logged
 * for that reason (probes, metrics, files of the page), gets one only where its sender traces it.
 */
export default fp(async function traceRequests (fastify, { traces }: { traces: Traces }) {
  fastify.decorateRequest('span', null)
  if (!traces.isOn) return

  fastify.addHook('onRequest', async (request, reply) => {
    const isQuiet = request.routeOptions.logLevel === 'warn'
    if (isQuiet && request.headers['traceparent'] === undefined) return
    const route = routeOf(request)
    const span = traces.beginRequest(route === null ? request.method : `${request.method} ${route}`, request.headers, factsOf(request))
    request.span = span
    reply.raw.once('close', () => {
      // Without it the client has left before there was an answer.
      if (reply.raw.headersSent) span.add({ 'http.response.status_code': reply.statusCode })
      if (reply.refusal !== null) span.add({ 'rtmpose.refusal': reply.refusal.code })
      if (reply.statusCode >= 500) span.fail(reply.refusal?.code ?? String(reply.statusCode), reply.refusal?.message)
      span.end()
    })
  })

  // As late as here: the events of a body that is read before come from outside.
  fastify.addHook('preHandler', (request, _reply, done) => {
    if (request.span === null) done()
    else traces.inside(request.span, done)
  })
}, { name: 'trace-requests' })

function factsOf (request: FastifyRequest): SpanFacts {
  const route = routeOf(request)
  const agent = request.headers['user-agent']
  return {
    'http.request.method': request.method,
    ...(route !== null && { 'http.route': route }),
    'url.path': request.url.replace(/\?.*$/s, ''),
    'url.scheme': request.protocol,
    'server.address': request.hostname,
    'client.address': request.ip,
    'network.protocol.version': request.raw.httpVersion,
    ...(agent !== undefined && { 'user_agent.original': agent })
  }
}

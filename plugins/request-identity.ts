import fp from 'fastify-plugin'

/** W3C Trace Context: version, trace id, parent id, flags. @see https://www.w3.org/TR/trace-context/ */
const traceparent = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}/

/** Answers carry the id of their request, and its log lines also the trace that it belongs to: that of its span, or else the one that the caller says. */
export default fp(async function requestIdentity (fastify) {
  fastify.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    const trace = request.span?.traceId ?? traceparent.exec(String(request.headers['traceparent'] ?? ''))?.[1]
    if (trace !== undefined) request.log = reply.log = request.log.child({ trace })
  })
}, { name: 'request-identity', dependencies: ['trace-requests'] })

import fp from 'fastify-plugin'
import { createPoseError } from '../src/errors.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Aborts, with CANCELLED, when the client has left before its answer was out. */
    clientSignal: AbortSignal
  }
}

/**
 * Fastify's own `request.signal` follows the request's `close`, which Node emits as soon as the body has been read:
 * looked at before, it aborts too early, looked at after, never. The answer's `close` tells whether somebody waits.
 */
export default fp(async function clientSignal (fastify) {
  fastify.decorateRequest('clientSignal', null as unknown as AbortSignal)
  fastify.addHook('onRequest', async (request, reply) => {
    const controller = new AbortController()
    request.clientSignal = controller.signal
    reply.raw.once('close', () => { if (!reply.raw.writableFinished) controller.abort(createPoseError('CANCELLED', 'nobody waits for the answer')) })
  })
}, { name: 'client-signal' })

import fp from 'fastify-plugin'
import { createPoseError } from '../src/errors.ts'

/**
 * Bounds the bytes of all bodies held at once, from their headers until their answers are out: each body has a limit
 * of its own, but a few clients with large ones would fill the memory together.
 */
export default fp(async function bodyBudget (fastify, { maxBytes }: { maxBytes: number }) {
  let held = 0
  fastify.addHook('onRequest', async (request, reply) => {
    const announced = Number(request.headers['content-length'] ?? 0)
    // Without a length (chunked) it may become as long as the route allows.
    const bytes = request.headers['transfer-encoding'] === undefined ? announced : request.routeOptions.bodyLimit ?? 0
    if (!(bytes > 0)) return
    if (held > 0 && held + bytes > maxBytes) throw createPoseError('OVERLOADED', 'the bodies of other requests fill the memory set aside for them, see MAX_BODY_MB')
    held += bytes
    reply.raw.once('close', () => { held -= bytes })
  })
}, { name: 'body-budget' })

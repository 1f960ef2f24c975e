import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createPoseError, type PoseError } from '../src/errors.ts'
import { sendRefusal } from './send-refusal.ts'
import { toPoseError } from './to-pose-error.ts'

declare module 'fastify' {
  interface FastifyReply {
    /** The error this request was answered with; null: none. */
    refusal: PoseError | null
  }
}

/** Shapes every failed answer, and unknown addresses, in one place. */
export default fp(async function errorHandler (fastify) {
  fastify.decorateReply('refusal', null)
  fastify.setErrorHandler((error: FastifyError, request, reply) => {
    const poseError = toPoseError(error)
    const status = poseError.statusCode ?? 500
    if (poseError.errorName === 'INTERNAL') request.log.error({ err: error }, 'unexpected error')
    else request.log[status >= 500 ? 'warn' : 'info']({ code: poseError.code, detail: poseError.message }, 'request refused')
    sendRefusal(request, reply, poseError)
  })

  const methodsOf = new Map<string, Set<string>>()
  fastify.addHook('onRoute', ({ url, method }) => {
    const methods = methodsOf.get(url) ?? new Set()
    for (const name of [method].flat()) methods.add(name)
    methodsOf.set(url, methods)
  })

  // Before the body is read, whose form does not matter here. Unknown addresses count against the rate limit too: a scanner
  // must not get free tries.
  const limit = fastify.rateLimit()
  fastify.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return
    await limit.call(fastify, request, reply)
    throw notFound(request, reply)
  })
  fastify.setNotFoundHandler((request, reply) => { sendRefusal(request, reply, notFound(request, reply)) })

  function notFound (request: FastifyRequest, reply: FastifyReply): PoseError {
    const path = request.url.split('?')[0]!
    const methods = methodsOf.get(path.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, ''))
    if (methods === undefined) return createPoseError('NOT_FOUND', `${request.method} ${path}`)
    const allowed = [...methods].join(', ')
    reply.header('allow', allowed)
    return createPoseError('METHOD_NOT_ALLOWED', `${request.method}; it takes ${allowed}`)
  }
}, { name: 'error-handler', dependencies: ['rate-limit'] })

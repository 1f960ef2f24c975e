import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createPoseError, type ErrorName, type PoseError } from '../src/errors.ts'
import { toPoseError } from './to-pose-error.ts'

declare module 'fastify' {
  interface FastifyReply {
    /** The error this request was answered with; null: none. */
    refusal: PoseError | null
  }
}

/**
 * Label Studio reads nothing of a failed answer but its reason phrase, so the sentence goes there too:
 * latin-1 without line breaks, as HTTP/1.1 demands.
 */
function reasonPhrase (sentence: string): string {
  // eslint-disable-next-line no-control-regex
  return sentence.replace(/[\u0000-\u001f\u007f]+/g, ' ').replace(/[^\u0020-\u00ff]/g, '?').slice(0, 500)
}

/** Refusals that pass by themselves, within moments: seconds after which asking again is worth while. */
const retryAfterS: Partial<Record<ErrorName, number>> = { OVERLOADED: 2, SHUTTING_DOWN: 2, MODEL_LOADING: 2, MODEL_DOWNLOADING: 30, JOBS_REDIS: 2 }

function send (request: FastifyRequest, reply: FastifyReply, error: PoseError): void {
  const statusCode = error.statusCode ?? 500
  reply.refusal = error
  reply.raw.statusMessage = reasonPhrase(error.message)
  const retryAfter = retryAfterS[error.errorName]
  // Label Studio sleeps for it where it only wants to know how we are.
  if (retryAfter !== undefined && !request.routeOptions.config.isProbe) reply.header('retry-after', retryAfter)
  reply.code(statusCode).header('cache-control', 'no-store').type('application/json; charset=utf-8').send({
    statusCode,
    code: error.code,
    error: STATUS_CODES[statusCode] ?? 'Error',
    message: error.message,
    requestId: request.id
  })
}

/** Shapes every failed answer, and unknown addresses, in one place. */
export default fp(async function errorHandler (fastify) {
  fastify.decorateReply('refusal', null)
  fastify.setErrorHandler((error: FastifyError, request, reply) => {
    const poseError = toPoseError(error)
    const status = poseError.statusCode ?? 500
    if (poseError.errorName === 'INTERNAL') request.log.error({ err: error }, 'unexpected error')
    else request.log[status >= 500 ? 'warn' : 'info']({ code: poseError.code, detail: poseError.message }, 'request refused')
    send(request, reply, poseError)
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
  fastify.setNotFoundHandler((request, reply) => { send(request, reply, notFound(request, reply)) })

  function notFound (request: FastifyRequest, reply: FastifyReply): PoseError {
    const path = request.url.split('?')[0]!
    const methods = methodsOf.get(path.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, ''))
    if (methods === undefined) return createPoseError('NOT_FOUND', `${request.method} ${path}`)
    const allowed = [...methods].join(', ')
    reply.header('allow', allowed)
    return createPoseError('METHOD_NOT_ALLOWED', `${request.method}; it takes ${allowed}`)
  }
}, { name: 'error-handler', dependencies: ['rate-limit'] })

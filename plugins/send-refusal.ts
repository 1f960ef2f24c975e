import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ErrorName, PoseError } from '../src/errors.ts'
import { toRefusal } from './to-refusal.ts'

/** Refusals that pass by themselves: seconds after which asking again is worth while. */
const retryAfterS: Partial<Record<ErrorName, number>> = { OVERLOADED: 2, SHUTTING_DOWN: 2, MODEL_LOADING: 2, MODEL_DOWNLOADING: 30, JOBS_REDIS: 2 }

/** Answers a request with an error, in the one form that all failed answers have. */
export function sendRefusal (request: FastifyRequest, reply: FastifyReply, error: PoseError): void {
  const { statusCode, phrase, body } = toRefusal(error, request.id)
  reply.refusal = error
  reply.raw.statusMessage = phrase
  const retryAfter = retryAfterS[error.errorName]
  // Label Studio sleeps for it where it only wants to know how we are.
  if (retryAfter !== undefined && !request.routeOptions.config.isProbe) reply.header('retry-after', retryAfter)
  reply.code(statusCode).header('cache-control', 'no-store').type('application/json; charset=utf-8').send(body)
}

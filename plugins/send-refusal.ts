import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PoseError } from '../src/errors.ts'
import { toRefusal } from './to-refusal.ts'

/** Answers a request with an error, in the one form that all failed answers have. */
export function sendRefusal (request: FastifyRequest, reply: FastifyReply, error: PoseError): void {
  const { statusCode, phrase, body } = toRefusal(error, request.id)
  reply.refusal = error
  reply.raw.statusMessage = phrase
  reply.code(statusCode).header('cache-control', 'no-store').type('application/json; charset=utf-8').send(body)
}

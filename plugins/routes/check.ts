import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { anySignal } from '../../src/any-signal.ts'
import { CheckReportSchema } from '../../src/check/check-report.ts'
import { checkBudgetMs } from '../../src/check/run-checks.ts'
import { createPoseError } from '../../src/errors.ts'
import { errorAnswers } from '../error-answers.ts'
import { minuteLimit } from '../minute-limit.ts'

/** A check asks Label Studio for dozens of things and a worker for pictures: a person wants a few a minute, and nobody needs more. */
const limit = minuteLimit(10)

/** GET /check: what `label-studio-rtmpose check` shows, by the service itself and the connection that it has. */
export const checkRoute: FastifyPluginAsyncTypebox = async (fastify) => {
  let running = false

  fastify.get('/check', {
    config: limit,
    onRequest: fastify.requireApiToken,
    schema: {
      tags: ['Operation'],
      operationId: 'check',
      summary: 'Looks at everything between Label Studio and its predictions; with API_TOKEN for its bearer, without for callers on this machine',
      security: fastify.apiTokenSecurity,
      querystring: Type.Object({
        // Numbers come as text, and validation here rewrites nothing.
        project: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,14}$', description: 'Number of the project; without it all that this service is connected to, the newest ones' })),
        drawing: Type.Optional(Type.Unsafe<'true' | 'false'>({ type: 'string', enum: ['true', 'false'], default: 'false', description: 'true = with a picture and its people as PNG' }))
      }),
      response: { 200: CheckReportSchema, ...errorAnswers('REQUEST_INVALID', 'API_TOKEN_WRONG', 'API_TOKEN_UNSET', 'SHUTTING_DOWN') }
    }
  }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    if (running) throw createPoseError('OVERLOADED', 'another check is running')
    running = true
    try {
      const { project, drawing } = request.query
      const signal = anySignal([request.clientSignal, AbortSignal.timeout(checkBudgetMs)])
      return await fastify.poseService.check({ project: project === undefined ? null : Number(project), wantsDrawing: drawing === 'true' }, signal)
    } finally {
      running = false
    }
  })
}

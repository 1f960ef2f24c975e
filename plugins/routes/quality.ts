import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { createPoseError } from '../../src/errors.ts'
import { EventCountsSchema } from '../../src/quality/events/event-counts.ts'
import { QualityReportSchema } from '../../src/quality/quality-report.ts'
import { renderReport, reportPolicy } from '../../src/quality/report/render-report.ts'
import { errorAnswers } from '../error-answers.ts'
import { minuteLimit } from '../minute-limit.ts'
import { prefersHtml } from '../prefers-html.ts'

const AnswerSchema = Type.Object({
  report: Type.Union([QualityReportSchema, Type.Null()], { description: 'As `label-studio-rtmpose evaluate --json` prints it; null with report=false' }),
  events: EventCountsSchema
})

/** A report reads the whole project from Label Studio; the counts alone are for a board that shows them. */
const limit = minuteLimit(30)

/** GET /projects/{id}/quality: what `evaluate --project` tells, by the service and the connection that it has, and what its events have told. */
export const qualityRoute: FastifyPluginAsyncTypebox = async (fastify) => {
  const { annotations, quality } = fastify.poseService
  let running = false

  fastify.get('/projects/:id/quality', {
    config: limit,
    onRequest: fastify.requireApiToken,
    schema: {
      tags: ['Operation'],
      operationId: 'quality',
      summary: 'How good the predictions of a project are, measured against its annotations, and what annotators have changed; with API_TOKEN for its bearer, without for callers on this machine',
      security: fastify.apiTokenSecurity,
      // Numbers come as text, and validation here rewrites nothing.
      params: Type.Object({ id: Type.String({ pattern: '^[1-9][0-9]{0,14}$', description: 'Number of the project' }) }),
      querystring: Type.Object({
        model_version: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Only predictions of this version' })),
        worst: Type.Optional(Type.String({ pattern: '^([0-9]|[1-9][0-9]|100)$', default: '24', description: 'Pictures listed as the worst, 0 to 100' })),
        report: Type.Optional(Type.Unsafe<'true' | 'false'>({ type: 'string', enum: ['true', 'false'], default: 'true', description: 'false = the counts of the events alone, at once and without asking Label Studio' }))
      }),
      response: {
        200: {
          description: 'JSON, or the page of `evaluate --out` for who would rather have text/html',
          content: { 'application/json': { schema: AnswerSchema }, 'text/html': { schema: Type.String() } }
        },
        ...errorAnswers('REQUEST_INVALID', 'API_TOKEN_WRONG', 'API_TOKEN_UNSET', 'PROJECT_NOT_FOUND', 'NOTHING_TO_MEASURE', 'JOBS_UNAVAILABLE', 'LABEL_CONFIG_INVALID',
          'LABEL_CONFIG_UNMATCHED', 'LABEL_STUDIO_TOKEN', 'LABEL_STUDIO_UNREACHABLE', 'LABEL_STUDIO_REFUSED', 'LABEL_STUDIO_ANSWER', 'LABEL_STUDIO_LEGACY_TOKEN', 'CANCELLED', 'SHUTTING_DOWN')
      }
    }
  }, async (request, reply) => {
    const { id, report: wanted, model_version: modelVersion = null, worst = '24' } = { ...request.params, ...request.query }
    const project = Number(id)
    reply.header('cache-control', 'no-store').header('vary', 'accept')
    const json = (reply as FastifyReply).type('application/json; charset=utf-8')
    if (wanted === 'false') return json.send({ report: null, events: annotations.of(project) })
    if (running) throw createPoseError('OVERLOADED', 'another report is being made')
    running = true
    try {
      const { report, drawings, set } = await quality.measure({ project, modelVersion, worst: Number(worst) }, request.clientSignal)
      if (!prefersHtml(request.headers.accept)) return json.send({ report, events: annotations.of(project) })
      reply.header('content-security-policy', `${reportPolicy}; frame-ancestors 'none'`)
      return (reply as FastifyReply).type('text/html; charset=utf-8').send(renderReport(report, drawings, set))
    } finally {
      running = false
    }
  })
}

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { readNumber } from '../../src/label-studio/read-number.ts'
import { bodyErrors, errorAnswers } from '../error-schema.ts'

const knownActions = new Set([
  'ANNOTATION_CREATED', 'ANNOTATIONS_CREATED', 'ANNOTATION_UPDATED', 'ANNOTATIONS_DELETED',
  'TASKS_CREATED', 'TASKS_DELETED', 'PROJECT_UPDATED', 'START_TRAINING'
])

const EventSchema = Type.Object({
  action: Type.Optional(Type.Any()),
  event: Type.Optional(Type.Any()),
  project: Type.Optional(Type.Any({ description: 'Its columns; only the number is read' }))
}, { examples: [{ action: 'ANNOTATION_CREATED', annotation: { id: 1 }, task: { id: 1 } }] })

const AcceptedSchema = Type.Object({
  status: Type.String(),
  result: Type.Object({ trained: Type.Literal(false), message: Type.String() })
})

const untrained = { trained: false as const, message: 'Noted. The networks are fixed: this service does not train on annotations.' }

export interface EventRouteOptions { maxBodyBytes: number }

/**
 * POST /webhook and /fit. Label Studio waits for the answer inside the annotator's submit (1 s), so nothing is done
 * here but answering; the networks do not learn from single annotations.
 */
export const webhookRoutes: FastifyPluginAsyncTypebox<EventRouteOptions> = async (fastify, { maxBodyBytes }) => {
  for (const url of ['/webhook', '/fit']) {
    fastify.post(url, {
      bodyLimit: maxBodyBytes,
      schema: {
        tags: ['Label Studio'],
        operationId: url.slice(1),
        summary: url === '/fit' ? 'Older name of /webhook' : 'Events of a project; accepted and not used for training',
        body: EventSchema,
        response: { 200: Type.Object({ status: Type.String() }), 201: AcceptedSchema, ...errorAnswers(...bodyErrors) }
      }
    }, async (request, reply) => {
      const action = request.body.action ?? request.body.event
      if (url === '/webhook' && !(typeof action === 'string' && knownActions.has(action))) return { status: 'Unknown event' }
      fastify.poseService.received.noteEvent(readNumber(request.body.project?.id), String(action))
      request.log.debug({ action: String(action) }, 'event noted')
      return reply.code(201).send({ status: 'ok', result: untrained })
    })
  }
}

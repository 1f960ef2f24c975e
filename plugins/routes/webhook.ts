import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyError } from 'fastify'
import Type from 'typebox'
import { isPoseError } from '../../src/errors.ts'
import type { JsonParser } from '../../src/inference/create-json-parser.ts'
import { toPoseError } from '../to-pose-error.ts'
import { unbounded } from '../unbounded.ts'

/** Anything is taken: what it tells is found out behind the answer. */
const BodySchema = Type.Unknown({
  description: 'An event as Label Studio sends it, or a list of them: `action` with `annotation`, `annotations`, `task`, `project`',
  examples: [{ action: 'ANNOTATION_CREATED', annotation: { id: 1 }, task: { id: 1 }, project: { id: 1 } }]
})

const TakenSchema = Type.Object({
  status: Type.Literal('ok'),
  result: Type.Object({ trained: Type.Literal(false), message: Type.String() })
})
const LeftSchema = Type.Object({ status: Type.Literal('not counted'), message: Type.String({ description: 'Why' }) })

const taken = { status: 'ok' as const, result: { trained: false as const, message: 'Taken, to be counted. The networks are fixed: this service does not train on annotations.' } }

export interface WebhookRoutesOptions {
  maxBodyBytes: number
  parser: JsonParser
}

/**
 * POST /webhook and /fit. Label Studio waits for the answer inside the annotator's submit (1 s), so the body is not even parsed
 * before, and whatever comes is answered with 2xx; the networks do not learn from single annotations.
 */
export const webhookRoutes: FastifyPluginAsyncTypebox<WebhookRoutesOptions> = async (fastify, { maxBodyBytes, parser }) => {
  const { annotations } = fastify.poseService
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => body)

  for (const url of ['/webhook', '/fit']) {
    fastify.post(url, {
      bodyLimit: maxBodyBytes,
      // What these addresses do is bounded by itself: an event is put into a queue, or counted as dropped. Label Studio has nobody to
      // tell of a refusal, and shows the model as failed where START_TRAINING gets one.
      config: unbounded,
      schema: {
        tags: ['Label Studio'],
        operationId: url.slice(1),
        summary: url === '/fit' ? 'Older name of /webhook' : 'Events of a project: counted, not used for training. The answer is 2xx whatever comes',
        body: BodySchema,
        response: { 200: LeftSchema, 201: TakenSchema }
      },
      validatorCompiler: () => () => true,
      errorHandler (error: FastifyError, request, reply) {
        // Who may not come in gets no 2xx.
        if (isPoseError(error) && (error.statusCode === 401 || error.statusCode === 403)) throw error
        annotations.noteDropped()
        const { message, code } = toPoseError(error)
        request.log.warn({ code, detail: message }, 'event not counted')
        return reply.code(200).send({ status: 'not counted', message })
      }
    }, async (request, reply) => {
      const body = request.body instanceof Buffer ? request.body : Buffer.alloc(0)
      if (annotations.offer({ bytes: body.byteLength, parse: () => parser.parse(body) })) return reply.code(201).send(taken)
      return { status: 'not counted' as const, message: 'Too many events wait to be counted, see EVENT_QUEUE_SIZE.' }
    })
  }
}

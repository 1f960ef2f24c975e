import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { PredictAnswerSchema } from '../../src/label-studio/prediction-schema.ts'
import { PredictRequestSchema } from '../../src/label-studio/task-schema.ts'
import { bodyErrors, errorAnswers, modelErrors } from '../error-schema.ts'

export interface PredictRouteOptions { maxBodyBytes: number }

/** POST /predict: Label Studio's form, interactive requests, and a short form without labelling interface. */
export const predictRoute: FastifyPluginAsyncTypebox<PredictRouteOptions> = async (fastify, { maxBodyBytes }) => {
  fastify.post('/predict', {
    bodyLimit: maxBodyBytes,
    schema: {
      tags: ['Label Studio'],
      operationId: 'predict',
      summary: 'Poses of the people on the pictures of the tasks: one entry per task, in order; an entry with `error` failed alone',
      body: PredictRequestSchema,
      response: { 200: PredictAnswerSchema, ...errorAnswers(...bodyErrors, ...modelErrors, 'LABEL_CONFIG_INVALID', 'LABEL_CONFIG_UNMATCHED') }
    }
  }, async (request, reply) => {
    const refusal = fastify.poseService.refusal()
    if (refusal) throw refusal

    const started = performance.now()
    const { entries, people, failed } = await fastify.poseService.predict(request.body, request.clientSignal)
    request.span?.add({ 'rtmpose.tasks': entries.length, 'rtmpose.people': people, 'rtmpose.failed': failed })
    request.log.info({ tasks: entries.length, people, failed, ms: Math.round(performance.now() - started) }, 'predicted')

    // The entries are text already; a stream passes them on piece by piece, without a second copy of the whole.
    return (reply as FastifyReply).type('application/json; charset=utf-8').send(Readable.from(joinEntries(entries)))
  })
}

/** Characters of one piece at least: each piece costs a turn, and entries of failed tasks are short and may be many. */
const pieceLength = 64 * 1024

function * joinEntries (entries: readonly string[]): Generator<string> {
  let piece = '{"results":['
  for (const [i, entry] of entries.entries()) {
    piece += i === 0 ? entry : `,${entry}`
    if (piece.length < pieceLength) continue
    yield piece
    piece = ''
  }
  yield `${piece}]}`
}

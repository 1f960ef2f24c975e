import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { PredictAnswerSchema } from '../../src/label-studio/prediction-schema.ts'
import { PredictRequestSchema } from '../../src/label-studio/task-schema.ts'
import { bodyErrors, errorAnswers, modelErrors } from '../error-answers.ts'

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
    const answer = fastify.poseService.openAnswer()
    reply.raw.once('close', answer.release)
    // Who has left meanwhile closes nothing any more.
    if (request.clientSignal.aborted) answer.release()
    const { entries, people, failed } = await fastify.poseService.predict(request.body, request.clientSignal, answer)
    request.span?.add({ 'rtmpose.tasks': entries.length, 'rtmpose.people': people, 'rtmpose.failed': failed })
    request.log.info({ tasks: entries.length, people, failed, ms: Math.round(performance.now() - started) }, 'predicted')

    // The entries are text already; a stream passes them on piece by piece, without a second copy of the whole.
    return (reply as FastifyReply).type('application/json; charset=utf-8').send(Readable.from(joinEntries(entries)))
  })
}

/** Bytes of one piece at least: each piece costs a turn, and entries of failed tasks are short and may be many. */
const pieceBytes = 64 * 1024
const comma = Buffer.from(',')

function * joinEntries (entries: readonly Buffer[]): Generator<Buffer> {
  let parts: Buffer[] = [Buffer.from('{"results":[')]
  let bytes = 0
  for (const [i, entry] of entries.entries()) {
    if (i > 0) parts.push(comma)
    parts.push(entry)
    bytes += entry.length
    if (bytes < pieceBytes) continue
    yield Buffer.concat(parts)
    parts = []
    bytes = 0
  }
  yield Buffer.concat([...parts, Buffer.from(']}')])
}

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { readNumber } from '../../src/label-studio/read-number.ts'
import { bodyErrors, errorAnswers, modelErrors } from '../error-answers.ts'

/** Open on purpose: Label Studio adds fields from release to release, and extra_params can be anything a person typed. */
const SetupRequestSchema = Type.Object({
  project: Type.Optional(Type.Any({ description: '"<id>.<unix seconds>"' })),
  schema: Type.Optional(Type.Any({ description: 'The labelling interface, XML' })),
  hostname: Type.Optional(Type.Any()),
  access_token: Type.Optional(Type.Any()),
  extra_params: Type.Optional(Type.Any())
}, { examples: [{ project: '1.1795434563', schema: '<View>...</View>', hostname: 'http://localhost:8080', access_token: '', extra_params: null }] })

const SetupAnswerSchema = Type.Object({
  model_version: Type.String(),
  warnings: Type.Array(Type.String(), { description: 'Why the labelling interface cannot be filled, if so' })
}, { examples: [{ model_version: 'rtmlib-balanced@3f2a91c4', warnings: [] }] })

/** POST /setup: called on connecting, and before every batch. Cheap; only notes what Label Studio says of itself. */
export const setupRoute: FastifyPluginAsyncTypebox = async (fastify) => {
  fastify.post('/setup', {
    schema: {
      tags: ['Label Studio'],
      operationId: 'setup',
      summary: 'The version of the model, which Label Studio stores with each prediction',
      body: SetupRequestSchema,
      response: { 200: SetupAnswerSchema, ...errorAnswers(...bodyErrors, ...modelErrors) }
    }
  }, async (request) => {
    const { schema, project, hostname, access_token: accessToken } = request.body
    fastify.poseService.noteLabelStudio({ hostname, accessToken })
    const modelVersion = await fastify.poseService.modelVersion(request.clientSignal)
    const sentence = typeof schema === 'string' && schema.trim() !== '' ? fastify.poseService.checkLabelConfig(schema) : null
    if (sentence !== null) request.log.warn({ project: readNumber(project) }, sentence)
    return { model_version: modelVersion, warnings: sentence === null ? [] : [sentence] }
  })
}

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { errorAnswers, modelErrors } from '../error-answers.ts'

/** GET /versions: what Label Studio lists as versions of this backend. */
export const versionsRoute: FastifyPluginAsyncTypebox = async (fastify) => {
  fastify.get('/versions', {
    schema: {
      tags: ['Label Studio'],
      operationId: 'versions',
      summary: 'The one version this service predicts with',
      response: { 200: Type.Object({ versions: Type.Array(Type.String()) }, { examples: [{ versions: ['rtmlib-balanced@3f2a91c4'] }] }), ...errorAnswers(...modelErrors) }
    }
  }, async (request) => ({ versions: [await fastify.poseService.modelVersion(request.clientSignal)] }))
}

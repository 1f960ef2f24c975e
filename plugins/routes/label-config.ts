import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { presetNames } from '../../src/label-studio/label-config-preset.ts'
import { errorAnswers } from '../error-answers.ts'

/** GET /label-config: a labelling interface to paste into Label Studio. */
export const labelConfigRoute: FastifyPluginAsyncTypebox = async (fastify) => {
  fastify.get('/label-config', {
    schema: {
      tags: ['Label Studio'],
      operationId: 'labelConfig',
      summary: 'A labelling interface this service can fill: paste it into Settings > Labelling Interface > Code',
      querystring: Type.Object({
        preset: Type.Optional(Type.Unsafe<typeof presetNames[number]>({ type: 'string', enum: [...presetNames], default: 'wholebody133', description: 'Which points' }))
      }),
      response: { 200: { description: 'XML', content: { 'application/xml': { schema: Type.String() } } }, ...errorAnswers('REQUEST_INVALID') }
    }
  }, async (request, reply) => {
    const xml = fastify.poseService.labelConfig(request.query.preset ?? 'wholebody133')
    return reply.type('application/xml; charset=utf-8').send(xml)
  })
}

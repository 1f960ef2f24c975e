import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import type { Metrics } from '../../src/metrics/metrics.ts'
import { errorAnswers } from '../error-answers.ts'
import { unbounded } from '../unbounded.ts'

export interface MetricsRouteOptions {
  metrics: Metrics
  /** Whether it asks for API_TOKEN. */
  needsToken: boolean
}

/** GET /metrics, for Prometheus. Outside rate limit and load shedding: it is wanted most when much is going on. */
export const metricsRoute: FastifyPluginAsyncTypebox<MetricsRouteOptions> = async (fastify, { metrics, needsToken }) => {
  fastify.get('/metrics', {
    config: unbounded,
    logLevel: 'warn',
    ...(needsToken && { onRequest: [fastify.requireApiToken] }),
    schema: {
      tags: ['Operation'],
      operationId: 'metrics',
      summary: 'Metrics in Prometheus\' text form; docs/metrics.md lists them',
      ...(needsToken && { security: fastify.apiTokenSecurity }),
      response: { 200: { description: 'Text form 0.0.4', content: { 'text/plain': { schema: Type.String() } } }, ...errorAnswers(...(needsToken ? ['API_TOKEN_WRONG', 'API_TOKEN_UNSET'] as const : [])) }
    }
  }, async (_request, reply) => {
    const { contentType, text } = await metrics.read(await fastify.poseService.snapshot())
    return await reply.type(contentType).send(text)
  })
}

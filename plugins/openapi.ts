import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'

/** OpenAPI 3.1 of all tagged routes at /openapi.json, and a page to try them at /docs. */
export default fp(async function openApi (fastify, { version, asksForPassword }: { version: string, asksForPassword: boolean }) {
  await fastify.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'label-studio-rtmpose',
        version,
        description: 'Finds people in pictures and estimates up to 133 keypoints each, as a backend of Label Studio.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' }
      },
      ...(asksForPassword && { security: [{ basicAuth: [] }] }),
      components: { securitySchemes: { ...(asksForPassword && { basicAuth: { type: 'http', scheme: 'basic', description: 'BASIC_AUTH_USER and BASIC_AUTH_PASS; /health, /ready and /live ask for nothing' } }), apiToken: { type: 'http', scheme: 'bearer', description: 'The value of API_TOKEN' } } },
      tags: [
        { name: 'Label Studio', description: 'What Label Studio calls' },
        { name: 'Operation', description: 'Probes and facts for operators' },
        { name: 'Jobs', description: 'Predictions for whole projects, in the background' }
      ]
    },
    hideUntagged: true,
    refResolver: { buildLocalReference: (json, _base, _fragment, i) => typeof json['$id'] === 'string' ? json['$id'] : `def-${i}` }
  })
  await fastify.register(swaggerUi, { routePrefix: '/docs', staticCSP: true, indexPrefix: '' })
  fastify.get('/openapi.json', { schema: { hide: true } }, () => fastify.swagger())
}, { name: 'openapi' })

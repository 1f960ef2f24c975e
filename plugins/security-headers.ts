import helmet from '@fastify/helmet'
import fp from 'fastify-plugin'

/** Headers that keep a browser from guessing or framing. Pages (/docs, the playground, the report on a project) set a policy of their own. */
export default fp(async function securityHeaders (fastify) {
  await fastify.register(helmet, {
    contentSecurityPolicy: { directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    // A browser takes it for every port of the host name: Label Studio beside this service may speak plain HTTP.
    strictTransportSecurity: false,
    crossOriginResourcePolicy: { policy: 'same-site' }
  })
}, { name: 'security-headers' })

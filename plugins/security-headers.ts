import helmet from '@fastify/helmet'
import fp from 'fastify-plugin'

/** Headers that keep a browser from guessing or framing; the API sends no pages but /docs, which sets its own policy. */
export default fp(async function securityHeaders (fastify) {
  await fastify.register(helmet, {
    contentSecurityPolicy: { directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    // Mostly a proxy in front ends TLS, and decides on HSTS.
    strictTransportSecurity: false,
    crossOriginResourcePolicy: { policy: 'same-site' }
  })
}, { name: 'security-headers' })

import helmet from '@fastify/helmet'
import fp from 'fastify-plugin'

/** Headers that keep a browser from guessing or framing; the API sends no pages but /docs, which sets its own policy. */
export default fp(async function securityHeaders (fastify) {
  await fastify.register(helmet, {
    contentSecurityPolicy: { directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    // The service speaks plain HTTP behind a proxy that ends TLS; the proxy decides on HSTS.
    strictTransportSecurity: false,
    crossOriginResourcePolicy: { policy: 'same-site' }
  })
}, { name: 'security-headers' })

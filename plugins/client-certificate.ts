import type { TLSSocket } from 'node:tls'
import fp from 'fastify-plugin'
import { createPoseError } from '../src/errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered without a client certificate: who probes a container has none. */
    isProbe?: boolean
  }
}

/**
 * Refuses callers without a certificate of TLS_CLIENT_CA; probes excepted, which is why the handshake itself lets everybody in.
 * Registered before the error handler, whose hook would tell strangers which addresses there are.
 */
export default fp(async function clientCertificate (fastify) {
  fastify.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.isProbe) return
    const socket = request.raw.socket as TLSSocket
    // Of a resumed connection of TLS 1.3 Node says "authorized" also where no certificate has ever come.
    if (socket.authorized && socket.getPeerX509Certificate() !== undefined) return
    throw createPoseError('CLIENT_CERTIFICATE', socket.authorizationError?.toString() ?? 'none came')
  })
}, { name: 'client-certificate' })

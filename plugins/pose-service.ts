import fp from 'fastify-plugin'
import type { PoseService } from '../src/prediction/pose-service.ts'

declare module 'fastify' {
  interface FastifyInstance {
    poseService: PoseService
  }
}

/**
 * Hands the service to the routes. While the server closes, accepted requests go on and new ones on open connections get
 * our own refusal, with its sentence in the reason phrase; the threads end after the last answer went out.
 */
export default fp(async function poseService (fastify, { service }: { service: PoseService }) {
  fastify.decorate('poseService', service)
  fastify.addHook('preClose', async () => { service.beginClose() })
  fastify.addHook('onSend', async (_request, reply) => {
    // A client that keeps asking on one connection must not keep the server open; its next one goes elsewhere.
    if (service.isLeaving) reply.header('connection', 'close')
  })
  fastify.addHook('onClose', () => service.close())
}, { name: 'pose-service' })

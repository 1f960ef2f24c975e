import fp from 'fastify-plugin'
import type { PoseService } from '../src/prediction/pose-service.ts'

declare module 'fastify' {
  interface FastifyInstance {
    poseService: PoseService
  }
}

/** Hands the service to the routes, and drains it when the server closes (after the last answer went out). */
export default fp(async function poseService (fastify, { service }: { service: PoseService }) {
  fastify.decorate('poseService', service)
  fastify.addHook('onClose', () => service.close())
}, { name: 'pose-service' })

import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { readNumber } from '../src/label-studio/read-number.ts'

/**
 * Notes what Label Studio calls, and what it was refused: it hides most failures from its users, so `check` tells them.
 */
export default fp(async function receivedCalls (fastify) {
  const { received } = fastify.poseService

  // After the body has been read, since /setup says there which project it is for.
  fastify.addHook('preHandler', async (request) => {
    if (!isFromLabelStudio(request)) return
    received.noteCall({ route: routeOf(request), host: request.headers.host ?? '', project: readNumber((request.body as { project?: unknown } | undefined)?.project) })
  })

  fastify.addHook('onResponse', async (request, reply) => {
    if (reply.refusal !== null && isFromLabelStudio(request)) received.noteRefusal(reply.refusal)
  })
}, { name: 'received-calls', dependencies: ['pose-service', 'error-handler'] })

/** Of its calls; webhook events carry another User-Agent. */
function isFromLabelStudio (request: FastifyRequest): boolean {
  return /^heartex\//.test(request.headers['user-agent'] ?? '')
}

function routeOf (request: FastifyRequest): string {
  return `${request.method} ${request.routeOptions.url ?? request.url}`
}

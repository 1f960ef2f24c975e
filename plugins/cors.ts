import cors from '@fastify/cors'
import fp from 'fastify-plugin'

/** Lets the named origins' pages call the service. Label Studio calls from its server and needs none. */
export default fp(async function corsOrigins (fastify, { origins }: { origins: readonly string[] }) {
  if (origins.length === 0) return
  await fastify.register(cors, { origin: [...origins], methods: ['GET', 'HEAD', 'POST'] })
}, { name: 'cors' })

import type { FastifyContextConfig } from 'fastify'

/** For a route that is answered whatever the load: outside rate limit and load shedding. */
export const unbounded = { rateLimit: false, pressureHandler: () => {} } as unknown as FastifyContextConfig

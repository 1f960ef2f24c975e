import type { FastifyContextConfig } from 'fastify'

/** For a route whose answers cost much: so many a minute for each client, whatever is allowed elsewhere, and Label Studio is no exception. */
export function minuteLimit (max: number): FastifyContextConfig {
  return { rateLimit: { max, timeWindow: 60_000, allowList: [] } } as unknown as FastifyContextConfig
}

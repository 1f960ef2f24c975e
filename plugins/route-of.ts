import type { FastifyRequest } from 'fastify'

/** The route of a request as /openapi.json names it, since addresses may be anything; null where there is none. */
export function routeOf ({ is404, routeOptions }: Pick<FastifyRequest, 'is404' | 'routeOptions'>): string | null {
  return is404 ? null : routeOptions.url?.replace(/:(\w+)/g, '{$1}') ?? null
}

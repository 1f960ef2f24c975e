import type { FastifyRateLimitStore, FastifyRateLimitStoreCtor } from '@fastify/rate-limit'
import type { SharedCount } from '../src/rate-limit/create-shared-count.ts'

/** Counts of all replicas, as @fastify/rate-limit asks for them. Routes with a limit of their own are counted apart. */
export function sharedRateStore ({ count }: Pick<SharedCount, 'count'>): FastifyRateLimitStoreCtor {
  return class Store implements FastifyRateLimitStore {
    limit = 'all'

    incr (client: string, callback: Parameters<FastifyRateLimitStore['incr']>[1], windowMs: number): void {
      count(`${this.limit}:${client}`, windowMs).then((result) => { callback(null, result) })
    }

    /** @param options the limit of a route, with the route in it */
    child (options: object): FastifyRateLimitStore {
      const { method, url } = (options as { routeInfo: { method?: string | string[], url?: string } }).routeInfo
      return Object.assign(new Store(), { limit: `${[method].flat().join(',')} ${url}` })
    }
  }
}

import { LRUCache } from 'lru-cache'
import type { EngineLog } from '../inference/create-pose-engine.ts'
import { redisConnection } from '../redis-connection.ts'

export interface SharedCountOptions {
  /** REDIS_URL. */
  url: string
  /** Of all keys; replicas with the same count together. */
  prefix: string
  log: Pick<EngineLog, 'info' | 'warn'>
  /** Told when counting together begins, ends, or begins again. */
  onChange: (isShared: boolean) => void
}

export interface Count {
  /** Requests in this window, the present one among them. */
  current: number
  /** Milliseconds until the window is over. */
  ttl: number
}

export interface SharedCount {
  /** Counts one request. Never rejects, and never waits for Redis longer than a quarter of a second. */
  count (key: string, windowMs: number): Promise<Count>
  close (): void
}

/** A key lives as long as its window: counting and the end of the window are one step, so that none stays behind. */
const countInWindow = `
  local current = redis.call('INCR', KEYS[1])
  if current == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
  return {current, redis.call('PTTL', KEYS[1])}
`
const answerWithinMs = 250
/** After a failure Redis is left alone for so long: a Redis that hangs must not make every request wait. */
const pauseMs = 1000
/** Clients that are counted here; the least recently seen go first. */
const mostClients = 10_000

/**
 * Counts requests in Redis, so that a client has one limit at all replicas together. While Redis does not answer, each replica
 * limits by what it has seen itself, which it counts all the time: nobody begins anew because Redis has gone.
 */
export function createSharedCount ({ url, prefix, log, onChange }: SharedCountOptions): SharedCount {
  // Commands fail at once while there is no connection, and one that hangs is given up.
  const { redis, end } = redisConnection(url, { log, meanwhile: 'each replica counts requests for its own rate limit', commandTimeout: answerWithinMs, socketTimeout: 5000, enableOfflineQueue: false, maxRetriesPerRequest: 0 })
  const own = createOwnCount()
  let isShared: boolean | null = null
  let pauseUntil = 0

  function note (now: boolean): void {
    if (now !== isShared) onChange(now)
    isShared = now
  }

  return {
    async count (key, windowMs) {
      const counted = own(key, windowMs)
      if (redis.status !== 'ready' || performance.now() < pauseUntil) {
        note(false)
        return counted
      }
      try {
        const [current, ttl] = await redis.eval(countInWindow, 1, `${prefix}:rate:${key}`, windowMs) as [number, number]
        note(true)
        return { current, ttl }
      } catch {
        pauseUntil = performance.now() + pauseMs
        note(false)
        return counted
      }
    },
    close: end
  }
}

function createOwnCount (): (key: string, windowMs: number) => Count {
  const windows = new LRUCache<string, { current: number, endsAt: number }>({ max: mostClients })
  return (key, windowMs) => {
    const now = performance.now()
    const known = windows.get(key)
    const window = known !== undefined && known.endsAt > now ? known : { current: 0, endsAt: now + windowMs }
    window.current++
    windows.set(key, window)
    return { current: window.current, ttl: window.endsAt - now }
  }
}

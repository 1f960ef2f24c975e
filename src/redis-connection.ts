import { Redis, type RedisOptions } from 'ioredis'
import type { EngineLog } from './inference/create-pose-engine.ts'
import { isCertificateFault } from './is-certificate-fault.ts'

export interface RedisConnectionOptions extends Pick<RedisOptions, 'commandTimeout' | 'enableOfflineQueue' | 'maxRetriesPerRequest' | 'socketTimeout'> {
  log: Pick<EngineLog, 'info' | 'warn'>
  /** What is done meanwhile, for the line in the log that says that Redis is away. */
  meanwhile: string
}

export interface RedisConnection {
  redis: Redis
  /** Ends it for good. */
  end (): void
}

/**
 * A connection to the Redis of REDIS_URL that comes back by itself for as long as it is not ended. `rediss://` is TLS; the authorities
 * of NODE_EXTRA_CA_CERTS are trusted besides the usual ones. The log says once that Redis is away, and once that it is back.
 */
export function redisConnection (url: string, { log, meanwhile, ...options }: RedisConnectionOptions): RedisConnection {
  let isEnded = false
  let isAway = false
  const redis = new Redis(url, {
    connectTimeout: 5000,
    retryStrategy: (times) => isEnded ? null : Math.min(100 * times, 2000),
    ...options
  })
  redis.on('error', (err: NodeJS.ErrnoException) => {
    const fault = isCertificateFault(err.code)
      ? `the certificate of Redis is not trusted (${err.code}), name the file of its authority in NODE_EXTRA_CA_CERTS`
      : 'Redis does not answer, see REDIS_URL'
    if (!isAway) log.warn({ err }, `${fault}: ${meanwhile}`)
    isAway = true
  })
  redis.on('ready', () => {
    if (isAway) log.info({}, 'Redis answers again')
    isAway = false
  })
  return {
    redis,
    end () {
      isEnded = true
      redis.disconnect()
    }
  }
}

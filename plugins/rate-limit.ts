import { lookup } from 'node:dns/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import rateLimit from '@fastify/rate-limit'
import fp from 'fastify-plugin'
import { sharedRateStore } from './shared-rate-store.ts'

export interface RateLimitOptions {
  /** Requests per client and window; 0 = no limit. */
  max: number
  windowMs: number
  labelStudioUrl: string | null
  /** Where replicas count together; null: each by itself. */
  redis?: { url: string, prefix: string } | null
  /** Told, with Redis, when counting together begins, ends, or begins again. */
  onChange?: (isShared: boolean) => void
}

/** How long a resolved address of Label Studio is believed: containers get new ones when they restart. */
const addressLifeMs = 30_000
/** Longest wait for the first answer of the name service; until it comes nobody is exempt. */
const firstLookupMs = 2000

/**
 * Bounds each client. Label Studio is exempt by its address: what it asks for is bounded by the queue. Without
 * LABEL_STUDIO_URL it is not known which client Label Studio is, and it is bounded like any other.
 */
export default fp(async function limitRate (fastify, { max, windowMs, labelStudioUrl, redis = null, onChange = () => {} }: RateLimitOptions) {
  // Nobody without Redis waits for its packages to load.
  const shared = redis === null ? null : (await import('../src/rate-limit/create-shared-count.ts')).createSharedCount({ ...redis, log: fastify.log, onChange })
  fastify.addHook('onClose', async () => { shared?.close() })
  const isLabelStudio = createAddressCheck(labelStudioUrl)
  await fastify.register(rateLimit, {
    global: max > 0,
    max: max > 0 ? max : Number.MAX_SAFE_INTEGER,
    timeWindow: windowMs,
    cache: 10_000,
    ...(shared !== null && { store: sharedRateStore(shared) }),
    allowList: (request) => isLabelStudio(request.ip),
    errorResponseBuilder: (_request, { after }) => Object.assign(new Error(`try again in ${after}`), { statusCode: 429 })
  })
}, { name: 'rate-limit' })

function createAddressCheck (url: string | null): (address: string) => Promise<boolean> {
  if (url === null) return async () => false
  const hostname = new URL(url).hostname.replace(/^\[|\]$/g, '')
  let addresses = new Set<string>()
  let staleAt = 0
  let lookingUp = false
  let firstAnswer: Promise<unknown> | null = null

  /** Never rejects: an unresolvable name keeps the last answer, because Label Studio must not be limited while DNS is down. */
  async function refresh (): Promise<void> {
    // A lookup cannot be called off and holds a thread of the process; a second one would only wait beside it.
    lookingUp = true
    const found = await lookup(hostname, { all: true }).catch(() => [])
    if (found.length > 0) addresses = new Set(found.map((entry) => entry.address))
    staleAt = performance.now() + addressLifeMs
    lookingUp = false
  }

  return async (address) => {
    if (!lookingUp && performance.now() >= staleAt) {
      const answer = refresh()
      firstAnswer ??= Promise.race([answer, sleep(firstLookupMs, null, { ref: false })])
    }
    await firstAnswer
    return addresses.has(address.replace(/^::ffff:/, ''))
  }
}

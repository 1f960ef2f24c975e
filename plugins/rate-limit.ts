import { lookup } from 'node:dns/promises'
import rateLimit from '@fastify/rate-limit'
import fp from 'fastify-plugin'

export interface RateLimitOptions {
  /** Requests per client and window; 0 = no limit. */
  max: number
  windowMs: number
  labelStudioUrl: string | null
}

/** How long a resolved address of Label Studio is believed: containers get new ones when they restart. */
const addressLifeMs = 30_000

/** Bounds each client. Label Studio is exempt by its address: what it asks for is bounded by the queue. */
export default fp(async function limitRate (fastify, { max, windowMs, labelStudioUrl }: RateLimitOptions) {
  const isLabelStudio = createAddressCheck(labelStudioUrl)
  await fastify.register(rateLimit, {
    global: max > 0,
    max: max > 0 ? max : Number.MAX_SAFE_INTEGER,
    timeWindow: windowMs,
    cache: 10_000,
    allowList: (request) => isLabelStudio(request.ip),
    errorResponseBuilder: (_request, { after }) => Object.assign(new Error(`try again in ${after}`), { statusCode: 429 })
  })
}, { name: 'rate-limit' })

function createAddressCheck (url: string | null): (address: string) => Promise<boolean> {
  if (url === null) return async () => false
  const { hostname } = new URL(url)
  let known: { addresses: Set<string>, until: number } = { addresses: new Set(), until: 0 }
  return async (address) => {
    if (Date.now() > known.until) {
      const found = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => [])
      // An unresolvable name keeps the last answer: Label Studio must not be limited because DNS is down.
      known = { addresses: found.length > 0 ? new Set(found.map((entry) => entry.address)) : known.addresses, until: Date.now() + addressLifeMs }
    }
    return known.addresses.has(address.replace(/^::ffff:/, ''))
  }
}

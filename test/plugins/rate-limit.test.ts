import dns from 'node:dns/promises'
import { syncBuiltinESMExports } from 'node:module'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import rateLimit from '../../plugins/rate-limit.ts'

type Addresses = Array<{ address: string, family: number }>

/** A service behind the rate limit alone, with a name service that the test answers. */
async function startLimited (t: Test, labelStudioUrl: string | null): Promise<{ get: (address: string) => Promise<number>, lookups: Array<(found: Addresses | Error) => void> }> {
  const lookups: Array<(found: Addresses | Error) => void> = []
  const lookup = () => new Promise<Addresses>((resolve, reject) => {
    lookups.push((found) => { if (found instanceof Error) reject(found); else resolve(found) })
  })
  t.teardown(syncBuiltinESMExports)
  t.intercept(dns, 'lookup', { value: lookup })
  // What the plugin has imported by its name is another binding.
  syncBuiltinESMExports()
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(rateLimit, { max: 1, windowMs: 60_000, labelStudioUrl })
  app.get('/', async () => 'x')
  // A listening service does not end while it waits, an injected request alone would let the process end.
  await app.listen({ host: '127.0.0.1', port: 0 })
  return { lookups, get: async (remoteAddress) => (await app.inject({ url: '/', remoteAddress })).statusCode }
}

const studio = '192.0.2.1'
const pause = (ms: number) => new Promise((resolve) => { setTimeout(resolve, ms) })

t.test('one lookup at a time, and the old answer while it lasts', async (t) => {
  let ahead = 0
  const now = performance.now.bind(performance)
  t.intercept(performance, 'now', { value: () => now() + ahead })
  const { get, lookups } = await startLimited(t, 'http://studio.example:8080')

  const first = Array.from({ length: 5 }, () => get(studio))
  while (lookups.length === 0) await pause(5)
  await pause(20)
  t.equal(lookups.length, 1, 'five requests, one lookup')
  lookups[0]!([{ address: studio, family: 4 }])
  t.same(await Promise.all(first), [200, 200, 200, 200, 200], 'Label Studio is exempt')
  t.same([await get('192.0.2.9'), await get('192.0.2.9')], [200, 429], 'others are not')
  t.equal(lookups.length, 1)

  ahead = 31_000
  const started = now()
  t.same([await get(studio), await get(studio)], [200, 200], 'still exempt while the name service hangs')
  ahead = 120_000
  t.equal(await get(studio), 200)
  t.ok(now() - started < 1000, 'and nobody waits for it')
  t.equal(lookups.length, 2, 'lookups do not pile up')

  lookups[1]!(new Error('EAI_AGAIN'))
  await pause(20)
  t.equal(await get(studio), 200, 'a failure keeps the old answer')
  t.equal(lookups.length, 2)

  ahead = 151_000
  await get(studio)
  lookups[2]!([{ address: '192.0.2.2', family: 4 }])
  await pause(20)
  t.same([await get('192.0.2.2'), await get('192.0.2.2')], [200, 200], 'the new address')
  t.same([await get(studio), await get(studio)], [200, 429], 'the old one is a client like others')
})

t.test('a name service that hangs at first holds requests for two seconds only', async (t) => {
  const { get, lookups } = await startLimited(t, 'http://studio.example:8080')
  const started = performance.now()
  t.equal(await get(studio), 200)
  const waited = performance.now() - started
  t.ok(waited > 1900 && waited < 4000, `${Math.round(waited)} ms`)
  const again = performance.now()
  t.equal(await get(studio), 429, 'nobody is known to be Label Studio')
  t.ok(performance.now() - again < 1000, 'only once')
  t.equal(lookups.length, 1)
})

t.test('without an address of Label Studio nobody is exempt', async (t) => {
  const { get, lookups } = await startLimited(t, null)
  t.same([await get('127.0.0.1'), await get('127.0.0.1')], [200, 429])
  t.equal(lookups.length, 0)
})

import { setTimeout as sleep } from 'node:timers/promises'
import Fastify, { type FastifyInstance } from 'fastify'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { minuteLimit } from '../../plugins/minute-limit.ts'
import rateLimit from '../../plugins/rate-limit.ts'
import { lacksRedis, startRedis } from '../factories/redis-server.ts'
import { buildTestApp } from '../factories/test-app.ts'

const max = 6

interface Replica {
  app: FastifyInstance
  /** Whether it counted over Redis, from the first time on. */
  changes: boolean[]
  /** Lines of its log. */
  log: string[]
  ask (client?: string, url?: string): Promise<{ status: number, remaining: number }>
  /** Resolves when it counts over Redis, or does not. */
  until (isShared: boolean): Promise<void>
}

/** The rate limit alone, with a route that has one of its own. */
async function startReplica (t: Test, url: string, prefix = 'poses'): Promise<Replica> {
  const changes: boolean[] = []
  const log: string[] = []
  const app = Fastify({ logger: { level: 'info', stream: { write (line) { if (/Redis/.test(line)) log.push((JSON.parse(line) as { msg: string }).msg) } } } })
  t.teardown(() => app.close())
  await app.register(rateLimit, { max, windowMs: 60_000, labelStudioUrl: null, redis: { url, prefix }, onChange: (isShared) => { changes.push(isShared) } })
  app.get('/', async () => 'x')
  app.get('/own', { config: minuteLimit(2) }, async () => 'x')
  await app.ready()

  async function ask (client = '192.0.2.7', url = '/'): Promise<{ status: number, remaining: number }> {
    const { statusCode: status, headers } = await app.inject({ url, remoteAddress: client })
    return { status, remaining: Number(headers['x-ratelimit-remaining']) }
  }
  return {
    app,
    changes,
    log,
    ask,
    async until (isShared) {
      for (let tries = 0; tries < 200; tries++) {
        await ask(`198.51.100.${tries}`)
        if (changes.at(-1) === isShared) return
        await sleep(50)
      }
      throw new Error(`never ${isShared ? '' : 'not '}shared`)
    }
  }
}

t.test('the rate limit over Redis', { skip: lacksRedis() }, async (t) => {
  await t.test('replicas count together', async (t) => {
    const redis = await startRedis(t)
    const [one, two, stranger] = [await startReplica(t, redis.url), await startReplica(t, redis.url), await startReplica(t, redis.url, 'other')]
    for (const replica of [one, two, stranger]) await replica.until(true)

    const answers = []
    for (let i = 0; i < max + 2; i++) answers.push(await [one, two][i % 2]!.ask())
    t.strictSame(answers.map(({ status }) => status), [200, 200, 200, 200, 200, 200, 429, 429])
    t.strictSame(answers.map(({ remaining }) => remaining), [5, 4, 3, 2, 1, 0, 0, 0])
    t.equal((await two.ask('192.0.2.8')).remaining, 5, 'another client has its own')
    t.equal((await stranger.ask()).remaining, 5, 'another prefix counts apart')
    t.strictSame([await one.ask('192.0.2.9', '/own'), await two.ask('192.0.2.9', '/own'), await one.ask('192.0.2.9', '/own')].map(({ status }) => status), [200, 200, 429], 'so does a route with a limit of its own, together as well')
    t.equal((await one.ask('192.0.2.9')).remaining, 5)

    const reader = new Redis(redis.url)
    t.teardown(() => { reader.disconnect() })
    const keys = await reader.keys('*')
    t.ok(keys.includes('poses:rate:all:192.0.2.7') && keys.includes('poses:rate:GET /own:192.0.2.9') && keys.includes('other:rate:all:192.0.2.7'))
    for (const key of keys) {
      const ttl = await reader.pttl(key)
      t.ok(ttl > 0 && ttl <= 60_000, `${key} goes with its window`)
    }
  })

  await t.test('Redis goes and comes back', async (t) => {
    const redis = await startRedis(t)
    const replica = await startReplica(t, redis.url)
    await replica.until(true)
    t.equal((await replica.ask()).remaining, 5)
    await redis.stop('SIGKILL')
    const answers = []
    for (let i = 0; i < max; i++) answers.push((await replica.ask()).status)
    t.strictSame(answers, [200, 200, 200, 200, 200, 429], 'what was counted here before counts on')
    // It tries to connect all the time.
    await sleep(1500)
    await redis.start()
    await replica.until(true)
    t.strictSame(replica.changes.slice(-3), [true, false, true])
    t.strictSame(replica.log, ['Redis does not answer, see REDIS_URL: each replica counts requests for its own rate limit', 'Redis answers again'], 'said once each')
  })

  await t.test('a Redis that hangs makes one request wait, not all', async (t) => {
    const redis = await startRedis(t)
    const replica = await startReplica(t, redis.url)
    await replica.until(true)
    redis.signal('SIGSTOP')
    t.teardown(() => { redis.signal('SIGCONT') })
    const began = performance.now()
    const answers = []
    for (let i = 0; i < 60; i++) answers.push((await replica.ask(`192.0.2.${i}`)).status)
    t.ok(answers.every((status) => status === 200))
    t.ok(performance.now() - began < 60 * 250 / 2, 'less than if each had waited')
    t.equal(replica.changes.at(-1), false)
    redis.signal('SIGCONT')
    await replica.until(true)
  })

  await t.test('a service with it counts over Redis, and says so in its metrics', async (t) => {
    const redis = await startRedis(t)
    const { app } = await buildTestApp(t, { models: false, start: false, env: { REDIS_URL: redis.url } })
    const gauge = async () => /^rtmpose_rate_limit_shared (\d)$/m.exec((await app.inject('/metrics')).body)?.[1]
    t.equal(await gauge(), undefined, 'nothing was counted yet')
    for (let tries = 0; tries < 200 && await gauge() !== '1'; tries++) {
      await app.inject('/label-config')
      await sleep(50)
    }
    t.equal(await gauge(), '1')
    await redis.stop()
    for (let tries = 0; tries < 200 && await gauge() !== '0'; tries++) {
      await app.inject('/label-config')
      await sleep(50)
    }
    t.equal(await gauge(), '0')
  })
})

t.test('a Redis that was never there', async (t) => {
  const replica = await startReplica(t, 'redis://127.0.0.1:1')
  const answers = []
  for (let i = 0; i < max + 1; i++) answers.push((await replica.ask()).status)
  t.strictSame(answers, [200, 200, 200, 200, 200, 200, 429])
  t.strictSame(replica.changes, [false])
})

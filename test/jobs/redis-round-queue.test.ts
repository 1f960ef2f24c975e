import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { createRedisRoundQueue } from '../../src/jobs/redis-round-queue.ts'
import type { RoundQueue, RoundWork } from '../../src/jobs/round-work.ts'
import { redisConnection } from '../../src/redis-connection.ts'
import { lacksRedis, startRedis, type RedisServer } from '../factories/redis-server.ts'

const silent = { info () {}, warn () {}, error () {} }

interface QueueParts {
  pagesPerMinute?: number
  /** Of one page. */
  work: () => Promise<void>
  takeOverMs?: number
  log?: typeof silent
}

/** A queue of one replica whose rounds have 40 pages of one task. */
function openQueue (t: Test, redis: RedisServer, { pagesPerMinute = 60_000, work, takeOverMs = 5000, log = silent }: QueueParts): RoundQueue {
  const prompt = redisConnection(redis.url, { log, meanwhile: '', maxRetriesPerRequest: 2 })
  const patient = redisConnection(redis.url, { log, meanwhile: '', maxRetriesPerRequest: null })
  const rounds: RoundWork = {
    async plan (job, round, { planned }) {
      return planned === 40 ? null : { page: { job, round, name: String(planned), tasks: [planned] }, state: { after: planned, planned: planned + 1 } }
    },
    async work () {
      await work()
      return []
    },
    async end () {},
    async giveUp () {},
    interrupt () {}
  }
  const queue = createRedisRoundQueue(rounds, { connection: patient.redis, prompt: prompt.redis, isConnected: () => patient.redis.status === 'ready', prefix: 'test', pagesPerMinute, takeOverMs, log })
  t.teardown(async () => {
    await queue.close()
    prompt.end()
    patient.end()
  })
  return queue
}

/** Ways of Redis to answer and to refuse what is written. */
const refusals = {
  OOM: { refuse: (redis: Redis) => redis.config('SET', 'maxmemory', '1mb'), allow: (redis: Redis) => redis.config('SET', 'maxmemory', '0') },
  READONLY: { refuse: (redis: Redis) => redis.replicaof('127.0.0.1', '1'), allow: (redis: Redis) => redis.replicaof('NO', 'ONE') }
}

async function countCommands (redis: Redis): Promise<number> {
  return Number(/total_commands_processed:([0-9]+)/.exec(await redis.info('stats'))![1])
}

/** Lines of warnings, with the first words of their faults. */
function keepWarnings (): { log: typeof silent, warnings: string[] } {
  const warnings: string[] = []
  return { warnings, log: { ...silent, warn (...[{ err }, line]: [{ err?: Error }, string]) { warnings.push(`${err?.message.split(' ')[0]}: ${line}`) } } as typeof silent }
}

async function until (isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(10)
}

t.test('rounds and pages in Redis', { skip: lacksRedis() }, async (t) => {
  await t.test('who begins to close takes no more pages, and finishes those in hand', async (t) => {
    const redis = await startRedis(t)
    let [begun, finished] = [0, 0]
    const queue = openQueue(t, redis, {
      async work () {
        begun++
        await sleep(200)
        finished++
      }
    })
    await queue.add('job', 1)
    await until(() => begun >= 4)
    queue.beginClose()
    const inHand = begun
    await sleep(1000)
    t.equal(begun, inHand, 'those in hand have made room, and nothing has taken it')
    t.equal(finished, inHand)

    let others = 0
    openQueue(t, redis, { work: async () => { others++ } })
    await until(() => others >= 40 - inHand)
    t.equal(others, 40 - inHand, 'another replica does the rest')
  })

  await t.test('a close does not wait until the minute has room for another page', async (t) => {
    let done = 0
    const queue = openQueue(t, await startRedis(t), { pagesPerMinute: 5, work: async () => { done++ } })
    await queue.add('job', 1)
    await until(() => done >= 5)
    // Long enough to find that there is no room.
    await sleep(500)
    const begin = performance.now()
    await queue.close()
    t.ok(performance.now() - begin < 10_000, 'it would be 30 s')
    t.equal(done, 5)
  })

  for (const [name, { refuse, allow }] of Object.entries(refusals)) {
    await t.test(`where Redis refuses what is written (${name}), it is asked seldom, and jobs go on afterwards`, async (t) => {
      const server = await startRedis(t)
      const redis = new Redis(server.url)
      t.teardown(() => { redis.disconnect() })
      const { log, warnings } = keepWarnings()
      let done = 0
      const first = openQueue(t, server, { work: async () => { await sleep(20); done++ }, takeOverMs: 1000, log })
      await first.add('job', 1)
      await until(() => done >= 4)
      await refuse(redis)
      // A replica that begins meanwhile.
      const { log: laterLog, warnings: laterWarnings } = keepWarnings()
      openQueue(t, server, { work: async () => { done++ }, takeOverMs: 1000, log: laterLog })
      await sleep(500)
      const before = await countCommands(redis)
      await sleep(2000)
      const asked = await countCommands(redis) - before
      t.ok(asked < 200, `${asked} commands in 2 s`)
      for (const lines of [warnings, laterWarnings]) {
        t.equal(lines.filter((line) => line.startsWith(`${name}: Redis refuses`)).length, 1, 'said once')
        t.ok(lines.length <= 20, lines.join('\n'))
      }
      const doneBefore = done
      await allow(redis)
      // Pages whose end Redis has refused are done again.
      await until(() => done >= Math.max(40, doneBefore + 1))
    })
  }

  await t.test('a close waits for what is in hand while Redis refuses', async (t) => {
    const server = await startRedis(t)
    const redis = new Redis(server.url)
    t.teardown(() => { redis.disconnect() })
    const { log, warnings } = keepWarnings()
    let [begun, finished] = [0, 0]
    const queue = openQueue(t, server, {
      async work () {
        begun++
        await sleep(begun === 1 ? 2000 : 10)
        finished++
      },
      log
    })
    await queue.add('job', 1)
    await until(() => begun >= 2)
    await refusals.READONLY.refuse(redis)
    await until(() => warnings.length > 0)
    await sleep(400)
    await queue.close()
    t.equal(finished, begun)
  })

  await t.test('an outage is said once by each connection, and not by the queue', async (t) => {
    const server = await startRedis(t)
    const { log, warnings } = keepWarnings()
    const queue = openQueue(t, server, { work: async () => {}, log })
    await queue.add('job', 1)
    await server.stop('SIGKILL')
    await sleep(1500)
    // A part of a job that was in hand may say that it is tried again.
    t.strictSame(warnings.filter((line) => line.includes('refuses')), [])
    t.ok(warnings.filter((line) => line.includes('Redis does not answer')).length <= 2, warnings.join('\n'))
  })
})

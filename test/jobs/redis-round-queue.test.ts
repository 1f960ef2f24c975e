import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createRedisRoundQueue } from '../../src/jobs/redis-round-queue.ts'
import type { RoundQueue, RoundWork } from '../../src/jobs/round-work.ts'
import { redisConnection } from '../../src/redis-connection.ts'
import { lacksRedis, startRedis, type RedisServer } from '../factories/redis-server.ts'

const log = { info () {}, warn () {}, error () {} }

/** A queue of one replica whose rounds have 40 pages of one task. @param work of one page */
function openQueue (t: Test, redis: RedisServer, { pagesPerMinute, work }: { pagesPerMinute: number, work: () => Promise<void> }): RoundQueue {
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
  const queue = createRedisRoundQueue(rounds, { connection: patient.redis, prompt: prompt.redis, isConnected: () => patient.redis.status === 'ready', prefix: 'test', pagesPerMinute, takeOverMs: 5000, log })
  t.teardown(async () => {
    await queue.close()
    prompt.end()
    patient.end()
  })
  return queue
}

async function until (isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(10)
}

t.test('rounds and pages in Redis', { skip: lacksRedis() }, async (t) => {
  await t.test('who begins to close takes no more pages, and finishes those in hand', async (t) => {
    const redis = await startRedis(t)
    let [begun, finished] = [0, 0]
    const queue = openQueue(t, redis, {
      pagesPerMinute: 60_000,
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
    openQueue(t, redis, { pagesPerMinute: 60_000, work: async () => { others++ } })
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
})

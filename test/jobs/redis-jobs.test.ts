import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import type { Job } from '../../src/jobs/job.ts'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { createJobClient, type JobClient } from '../factories/job-client.ts'
import { startProjectServer, type ProjectServer } from '../factories/project-server.ts'
import { lacksRedis, startRedis, type RedisServer } from '../factories/redis-server.ts'
import { buildTestApp, type TestApp } from '../factories/test-app.ts'

const picture = `data:image/jpeg;base64,${Buffer.from(await drawPicture({ figures: [0.3], format: 'jpeg' })).toString('base64')}`
const numbers = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i)
const tasksOf = ({ predictions }: ProjectServer) => predictions.map(({ task }) => task).sort((a, b) => a - b)

type Replica = TestApp & { jobs: JobClient }
interface World { studio: ProjectServer, redis: RedisServer, startReplica (env?: Record<string, string>): Promise<Replica> }

async function begin (t: Test, count: number): Promise<World> {
  const redis = await startRedis(t)
  const studio = await startProjectServer({ count, labelConfig: labelConfigPreset('body17'), picture: () => picture })
  t.teardown(() => studio.close())
  async function startReplica (env: Record<string, string> = {}): Promise<Replica> {
    const app = await buildTestApp(t, {
      models: { keypointSet: 'coco-17' },
      env: { LABEL_STUDIO_URL: studio.url, LABEL_STUDIO_API_KEY: '0123456789abcdef', REDIS_URL: redis.url, JOB_BATCH_SIZE: '5', JOB_PAGES_PER_MINUTE: '60000', JOB_TAKEOVER_S: '2', CACHE_MB: '0', ...env }
    })
    await app.service.jobs()
    return { ...app, jobs: createJobClient(app.app) }
  }
  return { studio, redis, startReplica }
}

async function tryOften<T> (work: () => Promise<T>, tries = 20): Promise<T> {
  return await work().catch(async (error: unknown) => {
    if (tries === 1) throw error
    await sleep(100)
    return await tryOften(work, tries - 1)
  })
}

t.test('jobs in Redis', { skip: lacksRedis() }, async (t) => {
  await t.test('replicas share a job, and each knows it', async (t) => {
    const { studio, startReplica } = await begin(t, 60)
    const [one, other] = [await startReplica(), await startReplica()]
    const { id } = await one.jobs.create({ project: 1 })
    t.match(await other.jobs.until(id), { state: 'done', total: 60, done: 60, failed: 0, people: 60 })
    t.strictSame(tasksOf(studio), numbers(1, 60))
    for (const { service } of [one, other]) t.ok(service.health().pictures.estimated > 0, 'both have worked')
    await t.rejects(Promise.all([one.jobs.act(id, 'cancel')]), /JOB_STATE/)
    t.match(await other.jobs.act(id, 'resume').then(() => one.jobs.until(id)), { state: 'done', done: 60 })
    t.equal(studio.predictions.length, 60)
  })

  await t.test('another replica goes on when one closes in the middle', async (t) => {
    const { studio, startReplica } = await begin(t, 60)
    const one = await startReplica()
    const { id } = await one.jobs.create({ project: 1 })
    await one.jobs.until(id, ({ done }) => done >= 5)
    await one.app.close()
    t.ok(studio.predictions.length < 60, 'it has left something')
    t.strictSame(new Set(tasksOf(studio)).size, studio.predictions.length)
    const other = await startReplica()
    t.match(await other.jobs.until(id), { state: 'done', total: 60, done: 60, failed: 0 })
    t.strictSame(tasksOf(studio), numbers(1, 60))
  })

  await t.test('Redis ends hard and comes back', async (t) => {
    const { studio, redis, startReplica } = await begin(t, 60)
    const one = await startReplica()
    const { id } = await one.jobs.create({ project: 1 })
    await one.jobs.until(id, ({ done }) => done >= 5)
    await redis.stop('SIGKILL')
    const refused = await one.app.inject('/jobs')
    t.match(refused.json(), { statusCode: 503, code: 'POSE_ERR_JOBS_REDIS' })
    t.equal((await one.app.inject('/health')).statusCode, 200, 'everything else goes on')
    await redis.start()
    t.match(await one.jobs.until(id), { state: 'done', total: 60, done: 60, failed: 0 })
    t.strictSame(tasksOf(studio), numbers(1, 60))
  })

  await t.test('a service closes while Redis is away', async (t) => {
    const { redis, startReplica } = await begin(t, 5)
    const one = await startReplica()
    await redis.stop('SIGKILL')
    const started = performance.now()
    await one.app.close()
    t.ok(performance.now() - started < 30_000, 'it does not wait for Redis to come back')
  })

  await t.test('what Redis refuses is no fault of the service', async (t) => {
    const { redis, startReplica } = await begin(t, 1)
    const one = await startReplica()
    const admin = new Redis(redis.url)
    t.teardown(() => { admin.disconnect() })
    await admin.replicaof('127.0.0.1', '1')
    const written = await one.app.inject({ method: 'POST', url: '/jobs', payload: { project: 1 } })
    t.match(written.json(), { statusCode: 503, code: 'POSE_ERR_JOBS_REDIS', message: /\(READONLY\)/ })
    await admin.replicaof('NO', 'ONE')
    await admin.config('SET', 'requirepass', 'another')
    const other = await startReplica()
    const read = await other.app.inject('/jobs')
    t.match(read.json(), { statusCode: 503, code: 'POSE_ERR_JOBS_REDIS', message: /\((NOAUTH|no connection)\)/ })
    await admin.config('SET', 'requirepass', '')
  })

  await t.test('the token of /setup reaches the other replicas', async (t) => {
    const { studio, startReplica } = await begin(t, 6)
    const [one, other] = [await startReplica({ LABEL_STUDIO_API_KEY: '' }), await startReplica({ LABEL_STUDIO_API_KEY: '' })]
    studio.interfere = (call, { headers }) => headers.authorization === 'Token handed-out-by-setup' || call === 'GET /api/version' ? null : { status: 401, body: { detail: 'Invalid token.' } }
    await t.rejects(other.jobs.create({ project: 1 }), /LABEL_STUDIO_TOKEN/)
    await one.app.inject({ method: 'POST', url: '/setup', payload: { project: '1.1795434563', schema: '', hostname: '', access_token: 'handed-out-by-setup' } })
    // Nobody waits for it while Label Studio waits for /setup.
    const { id } = await tryOften(() => other.jobs.create({ project: 1 }))
    t.match(await other.jobs.until(id), { state: 'done', done: 6 })
  })

  await t.test('what one service remembers is bounded', async (t) => {
    const { startReplica } = await begin(t, 1)
    const { jobs, app } = await startReplica({ MAX_JOBS: '3' })
    let last = ''
    for (let i = 0; i < 5; i++) last = (await jobs.until((await jobs.create({ project: 1 })).id)).id
    const list = (await app.inject('/jobs')).json<{ jobs: Job[] }>().jobs
    t.equal(list.length, 3)
    t.equal(list[0]!.id, last)
  })
})

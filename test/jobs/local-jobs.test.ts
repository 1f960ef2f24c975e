import { setTimeout as sleep } from 'node:timers/promises'
import tap, { type Test } from 'tap'
import type { Job } from '../../src/jobs/job.ts'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { createJobClient, type JobClient } from '../factories/job-client.ts'
import { startProjectServer, type ProjectContent, type ProjectServer } from '../factories/project-server.ts'
import { buildTestApp, type TestApp } from '../factories/test-app.ts'

const oneFigure = `data:image/jpeg;base64,${Buffer.from(await drawPicture({ figures: [0.3], format: 'jpeg' })).toString('base64')}`
const broken = 'data:image/jpeg;base64,/9j/4AAQ'
/** The tests' models have 17 points unless told otherwise. */
const labelConfig = labelConfigPreset('body17')

interface World extends TestApp { studio: ProjectServer, jobs: JobClient }

let shared: Promise<World> | null = null

/** @param env of a service of its own; without, all share one, which takes seconds to start */
async function begin (t: Test, content: Partial<ProjectContent> = {}, env?: Record<string, string>): Promise<World> {
  const whole = { count: 12, labelConfig, picture: () => oneFigure, ...content }
  if (env !== undefined) return await start(t, whole, env)
  shared ??= start(tap, whole, {})
  const world = await shared
  world.studio.reset(whole)
  return world
}

async function start (t: Test, content: ProjectContent, env: Record<string, string>): Promise<World> {
  const studio = await startProjectServer(content)
  t.teardown(() => studio.close())
  const app = await buildTestApp(t, { models: { keypointSet: 'coco-17' }, env: { LABEL_STUDIO_URL: studio.url, LABEL_STUDIO_API_KEY: '0123456789abcdef', JOB_BATCH_SIZE: '5', JOB_PAGES_PER_MINUTE: '60000', CACHE_MB: '0', ...env } })
  return { ...app, studio, jobs: createJobClient(app.app) }
}

const counted = ({ state, total, done, failed, people }: Job) => ({ state, total, done, failed, people })
const tasksOf = ({ predictions }: ProjectServer) => predictions.map(({ task }) => task).sort((a, b) => a - b)
const numbers = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i)

tap.test('every task gets a prediction of the present version, once', async (t) => {
  const { studio, jobs, app } = await begin(t)
  const answer = await app.inject({ method: 'POST', url: '/jobs', payload: { project: 1 } })
  t.equal(answer.statusCode, 202)
  const made = answer.json<Job>()
  t.equal(answer.headers['location'], `/jobs/${made.id}`)
  const done = await jobs.until(made.id)
  t.match(counted(done), { state: 'done', total: 12, done: 12, failed: 0, people: 12 })
  t.strictSame(tasksOf(studio), numbers(1, 12))
  t.ok(studio.predictions.every(({ model_version: version, result }) => version === done.model_version && Array.isArray(result) && result.length > 10))
  t.ok(done.rate! > 0 && done.started_at !== null && done.seconds_left === null)

  const again = await jobs.until((await jobs.create({ project: 1 })).id)
  t.match(counted(again), { state: 'done', total: 0, done: 0, failed: 0 }, 'a second job has nothing to do')
  t.equal(studio.predictions.length, 12)
  const { jobs: list } = (await app.inject('/jobs')).json<{ jobs: Job[] }>()
  t.strictSame(list.map(({ id }) => id).slice(0, 2), [again.id, made.id], 'the newest first')
})

tap.test('which tasks', async (t) => {
  const { studio, jobs } = await begin(t, { count: 30 })
  const run = async (request: Parameters<JobClient['create']>[0]) => await jobs.until((await jobs.create(request)).id)

  t.match(counted(await run({ project: 1, limit: 7 })), { state: 'done', total: 7, done: 7 })
  t.strictSame(tasksOf(studio), numbers(1, 7))

  const some = await run({ project: 1, ids: [5, 6, 20, 21, 22, 23, 24, 25, 99] })
  t.match(counted(some), { state: 'done', total: 6, done: 6, failed: 1 }, 'two are done already, one does not exist')
  t.match(some.failures, [{ task: 99, code: 'POSE_ERR_TASK_MISSING' }])
  t.strictSame(tasksOf(studio), [...numbers(1, 7), ...numbers(20, 25)])

  await run({ project: 1, filter: [{ filter: 'filter:tasks:id', operator: 'less', type: 'Number', value: 12 }] })
  t.strictSame(tasksOf(studio), [...numbers(1, 11), ...numbers(20, 25)])

  t.match(counted(await run({ project: 1, ids: numbers(1, 14), limit: 2 })), { state: 'done', total: 2, done: 2 }, 'those that are done do not count')
  t.strictSame(tasksOf(studio), [...numbers(1, 13), ...numbers(20, 25)])

  const before = new Set(studio.predictions.map(({ id }) => id))
  t.match(counted(await run({ project: 1, tasks: 'all', ids: [1, 2, 26] })), { state: 'done', total: 3, done: 3 })
  t.strictSame(tasksOf(studio), [...numbers(1, 13), ...numbers(20, 26)], 'what was there is replaced')
  t.strictSame(studio.predictions.filter(({ id }) => !before.has(id)).map(({ task }) => task).sort((a, b) => a - b), [1, 2, 26])
})

tap.test('predictions of earlier versions stay, unless they are to be replaced; those of others always', async (t) => {
  for (const replace of [false, true]) {
    const { studio, jobs } = await begin(t, { count: 3 })
    for (const version of ['rtmlib-balanced@00000000', 'somebody-else']) {
      await fetch(`${studio.url}/api/projects/1/import/predictions`, { method: 'POST', body: JSON.stringify([{ task: 2, model_version: version, result: [] }]) })
    }
    await jobs.until((await jobs.create({ project: 1, replace })).id)
    const versions = studio.predictions.filter(({ task }) => task === 2).map(({ model_version: version }) => version.replace(/^rtmlib-custom@.*/, 'ours'))
    t.strictSame(versions, replace ? ['somebody-else', 'ours'] : ['rtmlib-balanced@00000000', 'somebody-else', 'ours'])
    t.equal(studio.predictions.length, replace ? 4 : 5)
  }
})

tap.test('a fault between storing and removing leaves nothing that was to be replaced', async (t) => {
  const { studio, jobs } = await begin(t, { count: 4 })
  await fetch(`${studio.url}/api/projects/1/import/predictions`, { method: 'POST', body: JSON.stringify(numbers(1, 4).map((task) => ({ task, model_version: 'rtmlib-balanced@00000000', result: [] }))) })
  let removals = 0
  studio.interfere = (call) => call.startsWith('DELETE ') && ++removals === 2 ? { status: 502, body: 'bad gateway' } : null
  const job = await jobs.until((await jobs.create({ project: 1, replace: true })).id)
  t.match(counted(job), { state: 'done', total: 4, done: 4, failed: 0 })
  t.strictSame(studio.predictions.map(({ task, model_version: version }) => [task, version]), numbers(1, 4).map((task) => [task, job.model_version]))
})

tap.test('people where annotators have drawn them', async (t) => {
  const box = { type: 'rectanglelabels', from_name: 'person', to_name: 'image', original_width: 640, original_height: 480, value: { x: 60, y: 20, width: 30, height: 60, rectanglelabels: ['person'] } }
  const { studio, jobs } = await begin(t, { count: 2, annotations: (id) => id === 1 ? [{ id: 1, result: [box, { ...box, value: { ...box.value, x: 5 } }] }] : [] })
  const job = await jobs.until((await jobs.create({ project: 1, boxes: 'annotations' })).id)
  t.equal(job.people, 3, 'two drawn, and one found where nobody has drawn')
  const rectangles = (studio.predictions.find(({ task }) => task === 1)!.result as Array<{ type: string, value: { x: number, width: number } }>).filter(({ type }) => type === 'rectanglelabels')
  t.strictSame(rectangles.map(({ value }) => Math.round(value.x)).sort((a, b) => a - b), [5, 60])
})

tap.test('a picture that cannot be had is a named failure, and can be tried again', async (t) => {
  const { studio, jobs } = await begin(t, { picture: (id) => id === 4 ? broken : id === 9 ? 'data:,' : oneFigure })
  const job = await jobs.until((await jobs.create({ project: 1 })).id)
  t.match(counted(job), { state: 'done', total: 12, done: 10, failed: 2 })
  t.match(job.failures.map(({ task, code }) => [task, code]), [[4, /^POSE_ERR_IMAGE_/], [9, /^POSE_ERR_(IMAGE|SOURCE)_/]])
  t.ok(job.failures.every(({ message }) => message.length > 20))

  studio.tasks.get(4)!.data['image'] = oneFigure
  await jobs.act(job.id, 'retry-failed')
  const repeated = await jobs.until(job.id)
  t.match(counted(repeated), { state: 'done', done: 11, failed: 1, people: 11 })
  t.strictSame(tasksOf(studio), numbers(1, 12).filter((id) => id !== 9))
})

tap.test('a failed task that somebody else has predicted meanwhile is failed no longer', async (t) => {
  const { studio, jobs } = await begin(t, { picture: (id) => id === 4 ? broken : oneFigure })
  const job = await jobs.until((await jobs.create({ project: 1 })).id)
  t.match(counted(job), { state: 'done', done: 11, failed: 1 })
  await fetch(`${studio.url}/api/projects/1/import/predictions`, { method: 'POST', body: JSON.stringify([{ task: 4, model_version: job.model_version, result: [] }]) })
  await jobs.act(job.id, 'retry-failed')
  t.match(counted(await jobs.until(job.id)), { state: 'done', total: 12, done: 12, failed: 0, people: 11 })
  t.equal(studio.predictions.length, 12)
})

tap.test('a job is cancelled, and goes on', async (t) => {
  const { studio, jobs } = await begin(t, { count: 40 })
  const { id } = await jobs.create({ project: 1, batch_size: 2 })
  await jobs.until(id, ({ done }) => done >= 4)
  t.equal((await jobs.act(id, 'cancel')).state, 'cancelled')
  await t.rejects(jobs.act(id, 'cancel'), /409.*JOB_STATE/)
  const seen = studio.predictions.length
  t.ok(seen < 40, 'it was not through')
  await jobs.act(id, 'resume')
  t.match(counted(await jobs.until(id)), { state: 'done', total: 40, done: 40, failed: 0 })
  t.strictSame(tasksOf(studio), numbers(1, 40))
})

tap.test('cancelled and resumed at once, it leaves nothing out', async (t) => {
  for (const request of [{ limit: 30 }, { tasks: 'all' }, { ids: numbers(1, 30) }] as const) {
    const { studio, jobs } = await begin(t, { count: 40 })
    const { id } = await jobs.create({ project: 1, batch_size: 2, ...request, ...('ids' in request && { ids: [...request.ids] }) })
    await jobs.until(id, ({ done }) => done >= 4)
    await jobs.act(id, 'cancel')
    await jobs.act(id, 'resume')
    const expected = 'tasks' in request ? 40 : 30
    const job = await jobs.until(id)
    t.match(job, { state: 'done', total: expected, failed: 0 }, JSON.stringify(request))
    t.ok(new Set(tasksOf(studio)).size >= expected && studio.predictions.length === new Set(tasksOf(studio)).size, `${studio.predictions.length} predictions`)
  }
})

tap.test('two requests at the same moment make one job', async (t) => {
  const { jobs, studio } = await begin(t, { count: 5 })
  const answers = await Promise.allSettled([jobs.create({ project: 1 }), jobs.create({ project: 1 })])
  const [made] = answers.flatMap((answer) => answer.status === 'fulfilled' ? answer.value : [])
  t.strictSame(answers.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  t.match(await jobs.until(made!.id), { state: 'done', done: 5 })
  t.strictSame(tasksOf(studio), numbers(1, 5))
})

tap.test('the service closes: pictures in hand are written', async (t) => {
  let asked = 0
  const { studio, jobs, app } = await begin(t, { count: 200 }, {})
  studio.interfere = (call) => {
    if (call === 'POST /api/projects/1/import/predictions') asked++
    return null
  }
  const { id } = await jobs.create({ project: 1, batch_size: 10 })
  await jobs.until(id, ({ state }) => state === 'running')
  const health = async () => (await app.inject('/health')).json<{ pictures: { estimated: number } }>().pictures.estimated
  while (await health() < 3) await sleep(2)
  const begun = await health()
  await app.close()
  t.ok(asked > 0)
  const stored = tasksOf(studio)
  t.equal(new Set(stored).size, stored.length)
  t.ok(stored.length >= begun && stored.length < 200, `${stored.length} are stored, ${begun} were estimated before`)
})

tap.test('Label Studio is away for a while, or loses its answers', async (t) => {
  const { studio, jobs } = await begin(t, { count: 20 })
  let faults = 0
  studio.interfere = (call) => {
    if (faults >= 4 || call === 'GET /api/version') return null
    if (call.startsWith('POST')) {
      faults++
      return faults === 1 ? { status: 500, body: { detail: 'database is locked' } } : 'destroy'
    }
    return null
  }
  const { id } = await jobs.create({ project: 1 })
  t.match(counted(await jobs.until(id)), { state: 'done', total: 20, done: 20, failed: 0 })
  t.equal(faults, 4)
  t.strictSame(tasksOf(studio), numbers(1, 20))
})

tap.test('pictures that were away together with Label Studio are no failures', async (t) => {
  const { studio, jobs } = await begin(t, { count: 1, picture: () => '/data/upload/1/1.jpg' })
  const bytes = Buffer.from(oneFigure.slice(oneFigure.indexOf(',') + 1), 'base64')
  const refused = { pictures: 0, calls: 0 }
  studio.interfere = (call) => {
    const isPicture = call === 'GET /data/upload/1/1.jpg'
    // It goes with the first picture that is asked for, and is back after the last try (of three, each of which asks three times).
    if (refused.pictures === 0 ? isPicture : refused.pictures < 9 && refused.calls < 2) {
      refused[isPicture ? 'pictures' : 'calls']++
      return 'destroy'
    }
    return isPicture ? { status: 200, body: bytes } : null
  }
  const { id } = await jobs.create({ project: 1 })
  t.match(counted(await jobs.until(id)), { state: 'done', total: 1, done: 1, failed: 0 })
  t.strictSame(refused, { pictures: 3, calls: 2 }, 'a picture is tried again when Label Studio is back, not before')
})

tap.test('what was stored although no answer came is not stored twice', async (t) => {
  const { studio, jobs } = await begin(t, { count: 6 })
  let lost = false
  const post = (body: string) => fetch(`${studio.url}/api/projects/1/import/predictions`, { method: 'POST', body, headers: { 'x-direct': 'yes' } })
  studio.interfere = async (call, request) => {
    if (call !== 'POST /api/projects/1/import/predictions' || lost || request.headers['x-direct'] !== undefined) return null
    lost = true
    await post(JSON.stringify(numbers(1, 5).map((task) => ({ task, model_version: version, result: [] }))))
    return 'destroy'
  }
  const made = await jobs.create({ project: 1 })
  const version = made.model_version
  t.match(counted(await jobs.until(made.id)), { state: 'done', total: 6, done: 6 })
  t.strictSame(tasksOf(studio), numbers(1, 6))
})

tap.test('what came in twice is left once at the end', async (t) => {
  const { studio, jobs } = await begin(t, { count: 6 })
  let late = false
  studio.interfere = async (call, request) => {
    if (call !== 'POST /api/projects/1/import/predictions' || late || request.headers['x-direct'] !== undefined) return null
    late = true
    // The request of a replica that has ended arrives behind the look at what is there.
    await fetch(`${studio.url}/api/projects/1/import/predictions`, { method: 'POST', headers: { 'x-direct': 'yes' }, body: JSON.stringify(numbers(1, 5).map((task) => ({ task, model_version: version, result: [] }))) })
    return null
  }
  const made = await jobs.create({ project: 1 })
  const version = made.model_version
  t.match(counted(await jobs.until(made.id)), { state: 'done', total: 6 })
  t.strictSame(tasksOf(studio), numbers(1, 6))
  t.ok(Math.min(...studio.predictions.map(({ id }) => id)) > 5, 'the newest, with which an open editor has begun')
})

tap.test('Label Studio leaves predictions out without a word', async (t) => {
  const { jobs, studio } = await begin(t, { count: 3 })
  studio.interfere = async (call) => call === 'POST /api/projects/1/import/predictions' ? { status: 201, body: { created: 0 } } : null
  const job = await jobs.until((await jobs.create({ project: 1 })).id)
  t.match(counted(job), { state: 'done', done: 0, failed: 3 })
  t.ok(job.failures.every(({ code }) => code === 'POSE_ERR_PREDICTION_REFUSED'))
})

tap.test('a job whose tasks all fail is ended', async (t) => {
  const { jobs } = await begin(t, { count: 100, picture: () => broken }, { MAX_JOB_FAILURES: '20' })
  const job = await jobs.until((await jobs.create({ project: 1 })).id)
  t.match(job, { state: 'failed', reason: /too many of its tasks failed/ })
  t.ok(job.failed < 100)
})

tap.test('a job that its failures have ended goes on when their cause is gone', async (t) => {
  const { studio, jobs } = await begin(t, { count: 60, picture: () => broken }, { MAX_JOB_FAILURES: '20' })
  const { id } = await jobs.create({ project: 1 })
  const failed = (await jobs.until(id)).failures.map(({ task }) => task)
  t.ok(failed.length > 20)
  for (const { data } of studio.tasks.values()) data['image'] = oneFigure
  await jobs.act(id, 'retry-failed')
  t.match(counted(await jobs.until(id)), { state: 'done', done: failed.length, failed: 0 })
  t.strictSame(tasksOf(studio), failed)
  await jobs.act(id, 'resume')
  t.match(counted(await jobs.until(id)), { state: 'done', total: 60, done: 60, failed: 0 })
  t.strictSame(tasksOf(studio), numbers(1, 60))
})

tap.test('Label Studio does not tell its time', async (t) => {
  const { studio, jobs } = await begin(t, { count: 2 })
  studio.interfere = (call) => call === 'GET /api/version' ? 'destroy' : null
  await t.rejects(jobs.create({ project: 1, tasks: 'all' }), /502.*LABEL_STUDIO_UNREACHABLE/, 'without it nobody knows what a job has made')
  t.match(counted(await jobs.until((await jobs.create({ project: 1 })).id)), { state: 'done', done: 2 }, 'nothing depends on it here')
})

tap.test('refusals', async (t) => {
  const { jobs, app, studio } = await begin(t, { count: 200 }, { JOB_BATCH_SIZE: '1', MAX_JOBS: '1' })
  const first = await jobs.create({ project: 1 })
  await t.rejects(jobs.create({ project: 1 }), /409.*JOB_ACTIVE/, 'a project has one job at a time')
  await jobs.act(first.id, 'cancel')
  const second = await jobs.create({ project: 1 })
  await t.rejects(jobs.read(first.id), /404.*JOB_NOT_FOUND/, 'there is room for one')
  await jobs.act(second.id, 'cancel')
  await t.rejects(jobs.create({ project: 2 }), /LABEL_STUDIO_REFUSED/, 'no such project')
  for (const payload of [{}, { project: 0 }, { project: 1, ids: [] }, { project: 1, colour: 'red' }, { project: 1, batch_size: 1000 }]) {
    t.equal((await app.inject({ method: 'POST', url: '/jobs', payload })).statusCode, 400, JSON.stringify(payload))
  }
  t.equal((await app.inject('/jobs/00000000-0000-4000-8000-000000000000')).statusCode, 404)
  for (const [headers, status] of [
    [{ origin: 'https://elsewhere.example' }, 403], [{ 'sec-fetch-site': 'cross-site' }, 403], [{ host: 'elsewhere.example' }, 403], [{ 'sec-fetch-site': 'same-origin' }, 200]
  ] as const) t.equal((await app.inject({ url: '/jobs', headers })).statusCode, status, JSON.stringify(headers))
  studio.interfere = () => 'destroy'
  await t.rejects(jobs.create({ project: 1 }), /502.*LABEL_STUDIO_UNREACHABLE/)

  const alone = await buildTestApp(t, { models: false, start: false })
  t.match((await alone.app.inject('/jobs')).json(), { code: 'POSE_ERR_JOBS_UNAVAILABLE', message: /LABEL_STUDIO_URL/ })
})

tap.test('with a token', async (t) => {
  const { app } = await begin(t, {}, { API_TOKEN: 'a-token-of-this-service' })
  const ask = async (authorization?: string) => (await app.inject({ url: '/jobs', headers: authorization === undefined ? {} : { authorization } })).statusCode
  t.equal(await ask(), 401)
  t.equal(await ask('Bearer another-token-of-it'), 401)
  t.equal(await ask('Bearer a-token-of-this-service'), 200)
  t.equal(await ask(`Basic ${Buffer.from('anyone:a-token-of-this-service').toString('base64')}`), 200)
  t.equal(await ask(`Basic ${Buffer.from('a-token-of-this-service').toString('base64')}`), 401)
  t.equal(await ask(`Basic ${Buffer.from('anyone:wrong').toString('base64')}`), 401)
})

tap.test('events of a job', async (t) => {
  const { app, jobs } = await begin(t, { count: 10 })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as { port: number }
  const { id } = await jobs.create({ project: 1 })
  t.equal((await fetch(`http://127.0.0.1:${port}/jobs/${id}/events`, { method: 'HEAD' })).status, 404, 'nobody would read the stream behind it')
  const answer = await fetch(`http://127.0.0.1:${port}/jobs/${id}/events`)
  t.equal(answer.headers.get('content-type'), 'text/event-stream')
  const events = (await answer.text()).split('\n\n').filter((event) => event.startsWith('event: job\n')).map((event) => JSON.parse(event.split('data: ')[1]!) as Job)
  t.ok(events.length >= 2, 'the stream ends by itself')
  t.match(events.at(-1), { id, state: 'done', done: 10 })
})

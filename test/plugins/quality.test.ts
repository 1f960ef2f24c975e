import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import type { EventCounts } from '../../src/quality/events/event-counts.ts'
import type { QualityReport } from '../../src/quality/quality-report.ts'
import { annotationEvent } from '../factories/annotation-event.ts'
import { callCli } from '../factories/call-cli.ts'
import { correctedTask, isPoint, wholebody, type CorrectedTask } from '../factories/corrected-task.ts'
import { Refusal, startLabelStudioServer, type Answers } from '../factories/label-studio-server.ts'
import { startLocalServer } from '../factories/local-server.ts'
import { buildPerson } from '../factories/person.ts'
import { buildTestApp } from '../factories/test-app.ts'

interface Answer { report: QualityReport, events: EventCounts }

const local = { host: '127.0.0.1:9090' }
const key = '0123456789abcdef'
const person = buildPerson(cocoWholebody133, { bbox: [50, 50, 250, 450] })

/** Every third person is untouched, has a knee moved, is removed. */
const tasksOf = (count: number) => Array.from({ length: count }, (_, index) => correctedTask(index + 1, [person], (regions) => {
  if (index % 3 === 2) return []
  return index % 3 === 0 ? regions : regions.map((region) => isPoint(region, 'left_knee') ? { ...region, value: { ...region.value, x: region.value.x + 10 } } : region)
}, { version: index < 2 ? 'v0' : 'v1' }))

/** A Label Studio with project 7, that lists its tasks as the real one does: above a number, so many. */
async function startStudio (t: Test, tasks: readonly CorrectedTask[], answers: Answers = {}) {
  return await startLabelStudioServer(t, {
    'GET /api/projects/7/': { id: 7, title: 'Street', label_config: wholebody, task_number: tasks.length + 1 },
    'GET /api/tasks': ({ url }: { url: string }) => {
      const { searchParams } = new URL(url, 'http://studio')
      const after = JSON.parse(searchParams.get('query')!).filters.items[0].value as number
      const left = tasks.filter(({ id }) => id > after)
      return { total: left.length, tasks: left.slice(0, Number(searchParams.get('page_size'))) }
    },
    ...answers
  })
}

async function startApp (t: Test, env: Record<string, string>) {
  const { app, service } = await buildTestApp(t, { models: false, start: false, env: { LABEL_STUDIO_API_KEY: key, ...env } })
  return { app, service, ask: (query = '', { project = '7', headers = {}, ...options }: { project?: string, headers?: Record<string, string>, remoteAddress?: string } = {}) => app.inject({ url: `/projects/${project}/quality${query}`, headers: { ...local, ...headers }, ...options }) }
}

t.test('the report is that of evaluate --json, with what the events have told', async (t) => {
  const tasks = tasksOf(60)
  const studio = await startStudio(t, tasks)
  const { app, service, ask } = await startApp(t, { LABEL_STUDIO_URL: studio.origin })
  const cli = await callCli(['evaluate', '--project', '7', '--url', studio.origin, '--token', key, '--json'])
  t.equal(cli.code, 0, cli.err)

  await app.inject({ method: 'POST', url: '/webhook', payload: annotationEvent('ANNOTATION_CREATED', tasks[1]!) })
  await service.annotations.whenCounted()
  const answer = await ask()
  t.equal(answer.statusCode, 200, answer.body.slice(0, 300))
  t.match(answer.headers, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
  const { report, events } = answer.json<Answer>()
  t.strictSame(report, JSON.parse(cli.out))
  t.match(report, { from: { project: 7 }, tasks: { read: 60, compared: 60, withoutAnnotation: 1, unread: 0 }, modelVersions: { v0: 2, v1: 58 }, people: { paired: 40, removed: 20 } })
  t.equal(report.worst.length, 24)
  t.equal(report.worst[0]!.link, `${studio.origin}/projects/7/data?task=3`)
  t.match(events, { received: 1, annotations: { created: 1 }, intake: { dropped: 0 } })

  const narrow = (await ask('?worst=2&model_version=v0')).json<Answer>().report
  t.match(narrow, { tasks: { compared: 2, withoutPrediction: 58 }, modelVersions: { v0: 2 } })
  t.same(narrow.worst.map(({ task }) => task), [2], 'the other one is perfect')
  t.same((await ask('?worst=0')).json<Answer>().report.worst, [])
})

t.test('the page for a browser', async (t) => {
  const studio = await startStudio(t, tasksOf(6))
  const { ask } = await startApp(t, { LABEL_STUDIO_URL: studio.origin })
  const page = await ask('', { headers: { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' } })
  t.equal(page.statusCode, 200)
  t.match(page.headers['content-type'], /^text\/html/)
  t.equal(page.headers['content-security-policy'], "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
  t.match(page.headers['vary'], /accept/i)
  t.match(page.body, /^<!doctype html>[^]*Quality of project 7[^]*<\/html>\s*$/)
  t.match((await ask('', { headers: { accept: '*/*' } })).headers['content-type'], /json/)
  t.match((await ask('', { headers: { accept: 'application/json, text/html' } })).headers['content-type'], /json/)
  t.match((await ask('', { project: '8', headers: { accept: 'text/html' } })).json(), { code: 'POSE_ERR_PROJECT_NOT_FOUND' }, 'failures have one form')
})

t.test('a large project is cut, and the report says so', async (t) => {
  const studio = await startStudio(t, tasksOf(80))
  const { ask } = await startApp(t, { LABEL_STUDIO_URL: studio.origin, MAX_QUALITY_TASKS: '30' })
  const { report } = (await ask()).json<Answer>()
  t.match(report.tasks, { read: 30, compared: 30, unread: 50, withoutAnnotation: 1 })
  t.equal(studio.requests.filter(({ url }) => url.startsWith('/api/tasks')).length, 2, 'no more pages than it takes')
  t.match((await ask('', { headers: { accept: 'text/html' } })).body, 'Left out: 1 task without annotation, 50 tasks beyond the bounds of the report.')
})

t.test('what cannot be measured is said in a sentence', async (t) => {
  const alone = await startApp(t, {})
  t.match((await alone.ask()).json(), { statusCode: 409, code: 'POSE_ERR_JOBS_UNAVAILABLE', message: /Set LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY/ })
  const { report, events } = (await alone.ask('?report=false')).json<Answer>()
  t.equal(report, null)
  t.match(events, { received: 0, note: /by this process alone/ }, 'the events are counted all the same')

  const unlike = (tasks: CorrectedTask[], answers: Answers = {}) => startStudio(t, tasks, answers)
  for (const [studio, query, answer] of [
    [await unlike([], { 'GET /api/projects/7/': new Refusal(404, { detail: 'Not found.' }) }), '', { statusCode: 404, code: 'POSE_ERR_PROJECT_NOT_FOUND', message: /number 7/ }],
    [await unlike([]), '', { statusCode: 404, code: 'POSE_ERR_NOTHING_TO_MEASURE', message: /no task is annotated/ }],
    [await unlike(tasksOf(1).map((task) => ({ ...task, predictions: [] }))), '', { statusCode: 404, code: 'POSE_ERR_NOTHING_TO_MEASURE', message: /no annotated task has a prediction\)/ }],
    [await unlike(tasksOf(1)), '?model_version=v9', { statusCode: 404, message: /no annotated task has a prediction of v9\)/ }],
    [await unlike([], { 'GET /api/projects/7/': new Refusal(401, { detail: 'Invalid token.' }) }), '', { statusCode: 422, code: 'POSE_ERR_LABEL_STUDIO_TOKEN' }],
    [await unlike([], { 'GET /api/projects/7/': { id: 7, title: 'x', label_config: '<View><Text name="a" value="$a"/></View>' } }), '', { statusCode: 422, code: 'POSE_ERR_LABEL_CONFIG_UNMATCHED' }],
    [await unlike([], { 'GET /api/tasks': 'a web page' }), '', { statusCode: 502, code: 'POSE_ERR_LABEL_STUDIO_ANSWER' }],
    [{ origin: 'http://127.0.0.1:1' }, '', { statusCode: 502, code: 'POSE_ERR_LABEL_STUDIO_UNREACHABLE' }]
  ] as const) {
    const { ask } = await startApp(t, { LABEL_STUDIO_URL: studio.origin })
    t.match((await ask(query)).json(), answer)
  }
  for (const [project, query] of [['0', ''], ['x', ''], ['-1', ''], ['7', '?worst=101'], ['7', '?worst=-1'], ['7', '?model_version='], ['7', '?report=yes']] as const) {
    t.equal((await alone.ask(query, { project })).statusCode, 400, `${project} ${query}`)
  }
})

t.test('who may ask', async (t) => {
  const open = await startApp(t, {})
  t.equal((await open.ask('?report=false')).statusCode, 200)
  t.match((await open.ask('?report=false', { remoteAddress: '192.0.2.1' })).json(), { code: 'POSE_ERR_API_TOKEN_UNSET' })
  const guarded = await startApp(t, { API_TOKEN: 'a-token-of-twenty-characters' })
  t.match((await guarded.ask('?report=false')).json(), { code: 'POSE_ERR_API_TOKEN_WRONG' })
  t.equal((await guarded.ask('?report=false', { headers: { authorization: 'Bearer a-token-of-twenty-characters' } })).statusCode, 200)
  const statuses = []
  for (let index = 0; index < 30; index++) statuses.push((await open.ask('?report=false')).statusCode)
  t.same([statuses[0], statuses.at(-1)], [200, 429])
})

t.test('one at a time, ended when nobody waits or the service ends', { timeout: 20_000 }, async (t) => {
  const silent = await startLocalServer(t, () => {})
  const { app, service, ask } = await startApp(t, { LABEL_STUDIO_URL: silent.origin })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const leave = new AbortController()
  const begun = fetch(`${url}/projects/7/quality`, { signal: leave.signal }).catch(() => null)
  const arrived = async (count: number) => { while (silent.requests.length < count) await sleep(5) }
  await arrived(1)
  t.match((await ask()).json(), { code: 'POSE_ERR_OVERLOADED', message: /another report is being made/ })
  t.equal((await ask('?report=false')).statusCode, 200, 'the counts alone need not wait')
  leave.abort()
  await begun
  // Its end is not told to anybody; then the next one begins.
  const second = (async () => {
    for (;;) {
      const answer = await ask()
      if (answer.json().code !== 'POSE_ERR_OVERLOADED') return answer
      await sleep(100)
    }
  })()
  await arrived(2)
  service.beginClose()
  t.match((await second).json(), { statusCode: 503, code: 'POSE_ERR_SHUTTING_DOWN' })
})

import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { metricTable } from '../../src/metrics/metric-table.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { startFileServer } from '../factories/file-server.ts'
import { drawnTask } from '../factories/task.ts'
import { buildTestApp } from '../factories/test-app.ts'

/** Sample -> value, for example `rtmpose_workers{state="ready"}` -> 1. */
async function scrape (app: FastifyInstance, headers: Record<string, string> = {}): Promise<Map<string, number>> {
  const answer = await app.inject({ url: '/metrics', headers })
  if (answer.statusCode !== 200) throw new Error(answer.body)
  return new Map(answer.body.split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => {
    const at = line.lastIndexOf(' ')
    return [line.slice(0, at), Number(line.slice(at + 1))]
  }))
}

t.test('what happens is counted', async (t) => {
  const picture = await drawPicture({ figures: [0.3, 0.7], format: 'jpeg' })
  const files = await startFileServer(t, { '/two.jpg': picture })
  const { app, service } = await buildTestApp(t, { env: { IMAGE_ORIGINS: files.origin } })
  const predict = async (tasks: unknown[]) => await app.inject({ method: 'POST', url: '/predict', payload: { tasks } })
  const fetched = { data: { image: `${files.origin}/two.jpg` } }

  t.equal((await predict([fetched])).statusCode, 200)
  await predict([fetched, { data: { image: `${files.origin}/gone.jpg` } }, await drawnTask(1, { figures: [] })])
  await app.inject({ method: 'POST', url: '/predict', payload: {} })
  await app.inject('/somewhere/../../etc/passwd?token=secret')
  await app.inject({ method: 'DELETE', url: '/predict' })
  await app.inject({ method: 'POST', url: '/webhook', payload: { action: 'ANNOTATION_CREATED', project: { id: 3 }, task: { id: 1 }, annotation: { id: 9, result: [] } } })

  await service.annotations.whenCounted()

  const values = await scrape(app)
  const expect = (sample: string, value: number) => t.equal(values.get(sample), value, sample)
  expect('rtmpose_http_requests_total{method="POST",route="/predict",status="200"}', 2)
  expect('rtmpose_http_requests_total{method="POST",route="/predict",status="400"}', 1)
  expect('rtmpose_http_requests_total{method="GET",route="unknown",status="404"}', 1)
  expect('rtmpose_http_request_seconds_count{route="/predict"}', 3)
  expect('rtmpose_errors_total{code="POSE_ERR_REQUEST_INVALID",scope="request"}', 1)
  expect('rtmpose_errors_total{code="POSE_ERR_NOT_FOUND",scope="request"}', 1)
  expect('rtmpose_errors_total{code="POSE_ERR_SOURCE_NOT_FOUND",scope="task"}', 1)
  expect('rtmpose_pictures_total{source="networks"}', 2)
  expect('rtmpose_pictures_total{source="cache"}', 1)
  expect('rtmpose_cache_lookups_total{result="hit"}', 1)
  expect('rtmpose_cache_lookups_total{result="miss"}', 2)
  expect('rtmpose_people_total', 2)
  expect('rtmpose_empty_pictures_total', 1)
  expect('rtmpose_keypoint_confidence_count{part="face"}', 2)
  expect('rtmpose_picture_seconds_count{stage="total"}', 3)
  expect('rtmpose_picture_seconds_count{stage="detect"}', 2)
  expect('rtmpose_picture_seconds_count{stage="pose"}', 1)
  expect('rtmpose_downloads_total{result="ok"}', 2)
  expect('rtmpose_downloads_total{result="failed"}', 1)
  expect('rtmpose_download_bytes_total', 2 * picture.byteLength)
  expect('rtmpose_ready', 1)
  expect('rtmpose_workers{state="ready"}', 1)
  expect('rtmpose_queue_pictures{state="waiting"}', 0)
  expect('rtmpose_queue_oldest_seconds', 0)
  t.match([...values.keys()].filter((sample) => sample.startsWith('rtmpose_model_info')), [/^rtmpose_model_info\{model_version="[^"]+@[0-9a-f]{8}",mode="balanced",device="cpu",fallback="no"\}$/])
  expect('rtmpose_annotation_events_total{event="created"}', 1)
  t.ok(values.get('rtmpose_cache_bytes')! > 0)
  t.ok(values.get('process_resident_memory_bytes')! > 0)
  t.ok(values.has('nodejs_eventloop_lag_p99_seconds'))
  t.notMatch([...values.keys()].join('\n'), /passwd|secret|gone/, 'addresses and their queries are no labels')

  await t.test('a second look counts nothing twice', async (t) => {
    const again = await scrape(app)
    t.equal(again.get('rtmpose_annotation_events_total{event="created"}'), 1)
    t.equal(again.get('rtmpose_http_requests_total{method="GET",route="/metrics",status="200"}'), 1, 'the first look')
    for (const sample of again.keys()) {
      const name = sample.replace(/\{.*/, '')
      if (name.startsWith('rtmpose_')) t.ok(name in metricTable || name.replace(/_(bucket|sum|count)$/, '') in metricTable, name)
    }
  })
})

t.test('while nobody has asked for jobs they are left out, and what cannot be had too', async (t) => {
  const { app } = await buildTestApp(t, { models: false })
  const values = await scrape(app)
  t.equal(values.get('rtmpose_ready'), 0)
  for (const name of ['rtmpose_jobs', 'rtmpose_model_info', 'rtmpose_picture_seconds_count']) t.notOk([...values.keys()].some((sample) => sample.startsWith(`${name}{`)), name)
})

t.test('jobs in numbers', async (t) => {
  const { app } = await buildTestApp(t, { env: { LABEL_STUDIO_URL: 'http://127.0.0.1:1', LABEL_STUDIO_API_KEY: '0123456789abcdef' } })
  t.equal((await app.inject('/jobs')).statusCode, 200)
  t.equal((await app.inject('/jobs/00000000-0000-0000-0000-000000000000')).statusCode, 404)
  const values = await scrape(app)
  t.equal(values.get('rtmpose_jobs{state="running"}'), 0)
  t.equal(values.get('rtmpose_job_tasks{state="total"}'), 0)
  t.equal(values.get('rtmpose_http_requests_total{method="GET",route="/jobs/{id}",status="404"}'), 1, 'the route is named as in /openapi.json')
})

t.test('who gets them', async (t) => {
  const token = 'a-token-of-16-chars-or-more'
  const { app } = await buildTestApp(t, { models: false, start: false, env: { METRICS: 'token', API_TOKEN: token } })
  t.equal((await app.inject({ url: '/metrics', remoteAddress: '10.0.0.7' })).statusCode, 401)
  t.ok((await scrape(app, { authorization: `Bearer ${token}` })).has('rtmpose_ready'))

  const { app: off } = await buildTestApp(t, { models: false, start: false, env: { METRICS: 'off' } })
  t.equal((await off.inject('/metrics')).statusCode, 404)
})

t.test('they are asked often, also by many', async (t) => {
  const { app } = await buildTestApp(t, { models: false, start: false, env: { RATE_LIMIT_MAX: '3' } })
  for (let i = 0; i < 10; i++) await scrape(app)
  t.equal((await app.inject('/versions')).statusCode, 503, 'not counted against others either')
})

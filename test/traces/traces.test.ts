import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { startFileServer } from '../factories/file-server.ts'
import { createJobClient } from '../factories/job-client.ts'
import { createLogLines } from '../factories/log-lines.ts'
import { startLocalServer } from '../factories/local-server.ts'
import { startProjectServer } from '../factories/project-server.ts'
import { toDataUri } from '../factories/task.ts'
import { buildTestApp, type TestApp, type TestAppOptions } from '../factories/test-app.ts'
import { startTraceCollector, type CollectedSpan, type TraceCollector } from '../factories/trace-collector.ts'

const jpeg = await drawPicture({ figures: [0.3], format: 'jpeg' })
const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
const parent = '00f067aa0ba902b7'
const traceparent = `00-${trace}-${parent}-01`

async function start (t: Test, { env = {}, ...options }: TestAppOptions = {}): Promise<TestApp & { collector: TraceCollector }> {
  const collector = await startTraceCollector(t)
  return { collector, ...await buildTestApp(t, { ...options, env: { OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.origin}/`, ...env } }) }
}

/** Ends the service, so that all has been sent. */
async function finish ({ app, traces }: TestApp): Promise<void> {
  await app.close()
  await traces.close()
}

const childrenOf = (spans: readonly CollectedSpan[], { spanId }: CollectedSpan) => spans.filter(({ parentId }) => parentId === spanId)

t.test('a request, its pictures and their stages', async (t) => {
  const files = await startFileServer(t, { '/a.jpg?sig=secret-signature': jpeg })
  const service = await start(t, { env: { IMAGE_ORIGINS: files.origin, API_TOKEN: 'secret-token-0123456789' } })
  const { app, collector } = service
  const tasks = [{ id: 7, data: { image: `${files.origin}/a.jpg?sig=secret-signature` } }, { id: 8, data: { image: `${files.origin}/gone.jpg?sig=secret-signature` } }]
  const answer = await app.inject({ method: 'POST', url: '/predict?token=secret-query', headers: { traceparent, authorization: 'Bearer secret-token-0123456789', 'user-agent': 'heartex/1' }, payload: { tasks } })
  t.equal(answer.statusCode, 200)
  await app.inject({ method: 'POST', url: '/predict', payload: { tasks: [tasks[0]] } })
  await app.inject('/nowhere')
  await app.inject('/health')
  await app.inject({ url: '/health', headers: { traceparent } })
  await finish(service)
  const { spans } = collector

  const [request] = spans.filter(({ name, traceId }) => name === 'POST /predict' && traceId === trace)
  t.match(request, { kind: 2, parentId: parent, hasFailed: false })
  t.match(request!.facts, {
    'http.request.method': 'POST',
    'http.route': '/predict',
    'http.response.status_code': 200,
    'url.path': '/predict',
    'url.scheme': 'http',
    'client.address': '127.0.0.1',
    'user_agent.original': 'heartex/1',
    'rtmpose.tasks': 2,
    'rtmpose.failed': 1,
    'rtmpose.people': 1
  })
  t.match(request!.resource, { 'service.name': 'label-studio-rtmpose', 'service.version': /^\d/, 'service.instance.id': /^[0-9a-f-]{36}$/ })

  const pictures = childrenOf(spans, request!)
  t.strictSame(pictures.map(({ name, facts }) => [name, facts['rtmpose.task.id']]).sort(), [['picture', 7], ['picture', 8]])
  const [good, gone] = [7, 8].map((task) => pictures.find(({ facts }) => facts['rtmpose.task.id'] === task)!)
  t.match(good!.facts, { 'rtmpose.people': 1, 'rtmpose.picture.known': false, 'rtmpose.picture.shared': false, 'rtmpose.priority': 'batch' })
  t.match(gone, { hasFailed: true, facts: { 'error.type': 'POSE_ERR_SOURCE_NOT_FOUND' } })

  const stages = childrenOf(spans, good!).sort((a, b) => a.start - b.start)
  t.strictSame(stages.map(({ name }) => name).sort(), ['decode', 'detect', 'download', 'pose', 'queue', 'queue'])
  t.strictSame(stages.map(({ name }) => name).filter((name) => name !== 'queue'), ['download', 'decode', 'detect', 'pose'], 'one after the other')
  t.ok(stages.every(({ start, end }) => start >= good!.start - 5 && end >= start && end <= good!.end + 5), 'inside their picture')
  t.ok(stages.find(({ name }) => name === 'detect')!.end > stages.find(({ name }) => name === 'detect')!.start)
  t.equal(stages.find(({ name }) => name === 'download')!.facts['rtmpose.picture.bytes'], jpeg.byteLength)

  const again = spans.find(({ name, traceId }) => name === 'POST /predict' && traceId !== trace)!
  t.equal(again.parentId, '', 'without a sender that traces it begins a trace')
  t.match(childrenOf(spans, again)[0]?.facts, { 'rtmpose.picture.known': true })
  t.strictSame(childrenOf(spans, childrenOf(spans, again)[0]!).map(({ name }) => name).sort(), ['download', 'queue'])
  t.match(spans.find(({ name }) => name === 'GET'), { facts: { 'url.path': '/nowhere', 'http.response.status_code': 404, 'rtmpose.refusal': 'POSE_ERR_NOT_FOUND' }, hasFailed: false })
  t.strictSame(spans.filter(({ name }) => name === 'GET /health').map(({ traceId }) => traceId), [trace], 'probes are in the traces of others alone')
  t.ok(spans.every(({ traceId, spanId, end }) => /^[0-9a-f]{32}$/.test(traceId) && /^[0-9a-f]{16}$/.test(spanId) && end > 0))
  t.notMatch(collector.text(), /secret/)
})

t.test('each picture stays in the trace of its request, whoever it waits for', async (t) => {
  const service = await start(t, { env: { CACHE_MB: '0' } })
  const { app, collector } = service
  const picture = (id: number) => drawPicture({ figures: [0.3], width: 200 + id, format: 'jpeg' }).then((bytes) => ({ id, data: { image: toDataUri(bytes) } }))
  const requests = await Promise.all(Array.from({ length: 6 }, async (_, request) => ({
    traceId: `${request + 1}`.repeat(32),
    tasks: await Promise.all(Array.from({ length: 20 }, (_, number) => picture(request * 20 + number + 1)))
  })))
  await Promise.all(requests.map(({ traceId, tasks }) => app.inject({ method: 'POST', url: '/predict', headers: { traceparent: `00-${traceId}-${parent}-01` }, payload: { tasks } })))
  // The same picture twice at once is estimated once.
  const [one] = requests[0]!.tasks
  await Promise.all(['a', 'b'].map((digit) => app.inject({ method: 'POST', url: '/predict', headers: { traceparent: `00-${digit.repeat(32)}-${parent}-01` }, payload: { tasks: [one] } })))
  await finish(service)
  for (const { traceId, tasks } of requests) {
    const spans = collector.spans.filter((span) => span.traceId === traceId)
    t.strictSame(spans.filter(({ name }) => name === 'picture').map(({ facts }) => facts['rtmpose.task.id']).sort(), tasks.map(({ id }) => id).sort(), 'its own pictures')
    t.equal(spans.filter(({ name }) => name === 'pose').length, 20)
  }
  const twice = collector.spans.filter(({ traceId, name }) => /^(a|b)\1+$/.test(traceId) && name === 'picture')
  t.strictSame(twice.map(({ facts }) => facts['rtmpose.picture.shared']).sort(), [false, true])
})

t.test('steps of a job, and what Label Studio is asked for them', async (t) => {
  const sent: Array<{ call: string, traceparent: unknown }> = []
  const studio = await startProjectServer({ count: 4, labelConfig: labelConfigPreset('body17'), picture: () => toDataUri(jpeg) })
  t.teardown(() => studio.close())
  studio.interfere = (call, { headers }) => {
    sent.push({ call, traceparent: headers['traceparent'] })
    return null
  }
  const { log, lines } = createLogLines()
  const service = await start(t, { log, models: { keypointSet: 'coco-17' }, env: { LABEL_STUDIO_URL: studio.url, LABEL_STUDIO_API_KEY: 'secret-key-0123456789', JOB_BATCH_SIZE: '3' } })
  const jobs = createJobClient(service.app)
  const { id } = await jobs.create({ project: 1 })
  t.match(await jobs.until(id), { state: 'done', done: 4 })
  await finish(service)
  const { spans } = service.collector

  const created = spans.find(({ name }) => name === 'POST /jobs')!
  const steps = spans.filter(({ name }) => name.startsWith('job '))
  for (const name of ['job plan', 'job page', 'job end']) t.ok(steps.some((step) => step.name === name), name)
  t.ok(steps.every(({ parentId, traceId, facts }) => parentId === '' && traceId !== created.traceId && facts['rtmpose.job.id'] === id && facts['rtmpose.job.round'] === 1), 'in traces of their own')
  const pages = steps.filter(({ name }) => name === 'job page')
  t.strictSame(pages.map(({ facts }) => facts['rtmpose.tasks']).sort(), [1, 3])
  t.strictSame(pages.map((page) => childrenOf(spans, page).filter(({ name }) => name === 'picture').length).sort(), [1, 3])

  const client = spans.filter(({ kind }) => kind === 3)
  const traced = sent.filter(({ call }) => call !== 'GET /api/version')
  t.strictSame(traced.map(({ traceparent }) => traceparent).sort(), client.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`).sort(), 'each request of the client carries its span')
  t.match(client.find(({ facts }) => facts['url.full'] === `${studio.url}/api/projects/1/`), { name: 'GET', facts: { 'http.request.method': 'GET', 'http.response.status_code': 200, 'server.address': '127.0.0.1', 'server.port': Number(new URL(studio.url).port) } })
  t.notMatch(service.collector.text(), /secret|page_size/, 'no token, and no queries')
  t.ok(pages.some(({ traceId }) => client.some((call) => call.traceId === traceId)))
  const begun = lines.find(({ msg }) => msg === 'a job begins')!
  t.ok(steps.some(({ traceId }) => traceId === begun['trace']), 'lines of the log name the trace')
})

t.test('pictures of Label Studio are asked for in the trace, those of others are not', async (t) => {
  const answer = (_request: unknown, response: ServerResponse) => { response.end(jpeg) }
  const [studio, other] = [await startLocalServer(t, answer), await startLocalServer(t, answer)]
  const service = await start(t, { env: { LABEL_STUDIO_URL: studio.origin, LABEL_STUDIO_API_KEY: 'k'.repeat(20), IMAGE_ORIGINS: other.origin } })
  await service.app.inject({ method: 'POST', url: '/predict', headers: { traceparent }, payload: { tasks: [{ data: { image: '/data/upload/1/a.jpg' } }, { data: { image: `${other.origin}/b.jpg` } }] } })
  t.match(studio.requests.map(({ headers }) => headers['traceparent']), [new RegExp(`^00-${trace}-(?!${parent})`)])
  t.strictSame(other.requests.map(({ headers }) => headers['traceparent']), [undefined])
})

t.test('a sender that samples nothing', async (t) => {
  const { log, lines } = createLogLines()
  const service = await start(t, { models: false, start: false, log })
  await service.app.inject({ url: '/label-config', headers: { traceparent: `00-${trace}-${parent}-00` } })
  await service.app.inject('/label-config')
  await finish(service)
  t.strictSame(service.collector.spans.map(({ traceId, name }) => [traceId === trace, name]), [[false, 'GET /label-config']], 'nothing is collected of it')
  const traces = lines.filter(({ msg }) => msg === 'request completed').map((line) => line['trace'])
  t.strictSame(traces, [trace, service.collector.spans[0]!.traceId], 'the log names both')
})

for (const [what, status] of [['refuses', 503], ['hangs', null]] as const) {
  t.test(`a collector that ${what} costs no request, and is in the log once`, async (t) => {
    const { log, lines } = createLogLines()
    const warnings = () => lines.filter(({ level }) => level === 40).map(({ msg }) => String(msg))
    // Read by the SDK as it is made. More spans come than it may keep.
    t.intercept(process, 'env', { value: { ...process.env, OTEL_BSP_SCHEDULE_DELAY: '20', OTEL_BSP_MAX_QUEUE_SIZE: '10', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '5', OTEL_EXPORTER_OTLP_TIMEOUT: '300' } })
    const service = await start(t, { log, models: false, start: false })
    service.collector.status = status
    for (let round = 0; round < 10; round++) {
      for (const { statusCode } of await Promise.all(Array.from({ length: 20 }, () => service.app.inject('/label-config')))) if (statusCode !== 200) t.fail(`${statusCode}`)
      await sleep(200)
    }
    const failures = () => warnings().filter((line) => line.startsWith('traces cannot be sent'))
    while (failures().length === 0) await sleep(50)
    t.ok(service.collector.deliveries.length > 1, 'it was asked more than once')
    t.equal(failures().length, 1)
    t.strictSame(warnings().filter((line) => !failures().includes(line)).map((line) => line.replace(/\d+/, 'N')), ['traces: Dropped N spans because maxQueueSize reached'], 'and that spans were dropped, once')
    const began = performance.now()
    await finish(service)
    t.ok(performance.now() - began < 10_000, 'nor does it hold up the end')
  })
}

t.test('a collector that is not there', async (t) => {
  const { app, traces } = await buildTestApp(t, { models: false, start: false, env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' } })
  t.equal((await app.inject('/label-config')).statusCode, 200)
  await app.close()
  const began = performance.now()
  await traces.close()
  t.ok(performance.now() - began < 10_000)
})

import { readFileSync } from 'node:fs'
import t from 'tap'
import { starterVersion } from '../../models/registry/starter.ts'
import { buildTestApp } from '../factories/test-app.ts'
import { drawnTask } from '../factories/task.ts'

t.test('without a model the service stays up and says what to do', async (t) => {
  const { app } = await buildTestApp(t, { models: false })

  for (const url of ['/', '/health', '/health/']) {
    const health = await app.inject(url)
    t.equal(health.statusCode, 200, url)
    t.match(health.json(), { status: 'ok', model_loaded: false, model_version: null, mode: 'balanced', reason: /yolox_m/ })
    t.notOk(health.headers['retry-after'], 'Label Studio would sleep for it')
  }
  t.equal((await app.inject('/live')).statusCode, 200)

  for (const [method, url, payload] of [['GET', '/ready'], ['POST', '/setup', { project: '1.2' }], ['GET', '/versions'], ['POST', '/predict', { tasks: [await drawnTask(1)] }]] as const) {
    const answer = await app.inject({ method, url, ...(payload ? { payload } : {}) })
    t.equal(answer.statusCode, 503, url)
    t.match(answer.json(), { statusCode: 503, code: 'POSE_ERR_MODEL_MISSING', error: 'Service Unavailable', message: /MODEL_DIR|yolox_m/ })
    t.equal(answer.statusMessage, answer.json().message.slice(0, 500), 'the reason phrase carries the sentence')
  }
})

t.test('the starter models serve instead, and everything says so', async (t) => {
  const { app } = await buildTestApp(t, { models: false, env: { MODEL_FALLBACK: 'starter' } })
  const health = (await app.inject('/health')).json()
  t.match(health, { status: 'ok', model_loaded: true, mode: 'balanced', reason: null, fallback: { mode: 'starter', reason: /MODE=balanced needs YOLOX-m .*models pull yolox-m-humanart rtmw-l/ } })
  t.match(health.model_version, new RegExp(`^starter-${starterVersion.replaceAll('.', '\\.')}@[0-9a-f]{8}$`))
  t.match(health.models, { detector: `Starter detector ${starterVersion}`, pose: `Starter pose ${starterVersion}`, licenses: [/^CC BY-NC 4\.0/] })
  t.same((await app.inject('/versions')).json(), { versions: [health.model_version] })

  const image = `data:image/jpeg;base64,${readFileSync(new URL('../fixtures/drawn/figure-1.jpg', import.meta.url)).toString('base64')}`
  const short = await app.inject({ method: 'POST', url: '/predict', payload: { tasks: [{ data: { image } }] } })
  const [entry] = short.json().results
  t.equal(entry.model_version, `starter-${starterVersion}`)
  t.ok(entry.result.length >= 17, `${entry.result.length} points on a drawn figure`)
})

t.test('with models the same version stands everywhere', async (t) => {
  const { app } = await buildTestApp(t)
  const health = (await app.inject('/health')).json()
  t.match(health, { status: 'ok', model_loaded: true, device: 'cpu', reason: null, warnings: [], fallback: null, download: null, workers: { wanted: 1, ready: 1 }, pictures: { waiting: 0, running: 0, estimated: 0 } })
  t.match(health.model_version, /^rtmlib-custom@[0-9a-f]{8}$/)
  t.same((await app.inject('/versions')).json(), { versions: [health.model_version] })
  const setup = await app.inject({ method: 'POST', url: '/setup', payload: { project: '1.1', schema: '', hostname: 'http://localhost:8080', access_token: null, extra_params: 'no json' } })
  t.equal(setup.statusCode, 200)
  t.same(setup.json(), { model_version: health.model_version, warnings: [] })
  t.same((await app.inject('/ready')).json(), { ready: true })
})

t.test('two replicas agree on the version, another threshold makes another', async (t) => {
  const version = async (env: Record<string, string>) => (await buildTestApp(t, { env, start: false })).service.modelVersion(new AbortController().signal)
  const [a, b, c] = [await version({}), await version({}), await version({ CONFIDENCE_THRESHOLD: '0.5' })]
  t.equal(a, b)
  t.not(a, c)
})

t.test('setup warns of a labelling interface that cannot be filled', async (t) => {
  const { app } = await buildTestApp(t)
  const schema = '<View><Image name="image" value="$image"/><Choices name="c" toName="image"><Choice value="cat"/></Choices></View>'
  const answer = await app.inject({ method: 'POST', url: '/setup', payload: { schema } })
  t.equal(answer.statusCode, 200, 'connecting must work before the interface is written')
  t.match(answer.json().warnings, [/label-config/])
})

t.test('PRELOAD=false loads the models at the first request', async (t) => {
  const { app, service } = await buildTestApp(t, { env: { PRELOAD: 'false' } })
  t.equal(service.health().model_loaded, false)
  t.equal(service.health().reason, null)
  t.equal((await app.inject('/ready')).statusCode, 200)
  const answer = await app.inject({ method: 'POST', url: '/predict', payload: { tasks: [await drawnTask(1)] } })
  t.equal(answer.statusCode, 200)
  t.equal(answer.json().results[0].result.length > 0, true)
  t.equal(service.health().model_loaded, true)
})

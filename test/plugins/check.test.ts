import sharp from 'sharp'
import t, { type Test } from 'tap'
import type { CheckReport } from '../../src/check/check-report.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { labelConfig, peopleControl, pointsControl } from '../factories/label-config.ts'
import { startLabelStudioServer, type Answers } from '../factories/label-studio-server.ts'
import { startLocalServer } from '../factories/local-server.ts'
import { toDataUri } from '../factories/task.ts'
import { buildTestApp } from '../factories/test-app.ts'

const local = { host: '127.0.0.1:9090' }
const apiToken = 'a-token-of-twenty-characters'

t.test('who may call it', async (t) => {
  async function statuses (t: Test, env: Record<string, string>, requests: ReadonlyArray<{ remoteAddress?: string, headers?: Record<string, string> }>) {
    const { app } = await buildTestApp(t, { models: false, start: false, env })
    return await Promise.all(requests.map(async ({ remoteAddress = '127.0.0.1', headers = {} }) => {
      const { statusCode } = await app.inject({ url: '/check', remoteAddress, headers: { ...local, ...headers } })
      // Several at once: what is let in is answered, or told that another one runs.
      return statusCode === 503 ? 200 : statusCode
    }))
  }

  t.same(await statuses(t, {}, [
    {}, { remoteAddress: '::1', headers: { host: '[::1]:9090' } }, { headers: { host: 'localhost:9090' } },
    { remoteAddress: '192.168.1.5' }, { remoteAddress: '192.168.1.5', headers: { 'x-forwarded-for': '127.0.0.1' } },
    { headers: { 'x-forwarded-for': '203.0.113.7' } }, { headers: { forwarded: 'for=203.0.113.7' } },
    { headers: { host: 'rebound.example:9090' } }
  ]), [200, 200, 200, 403, 403, 403, 403, 403], 'without a token: this machine, without a proxy between, under its own name')

  t.same(await statuses(t, { TRUST_PROXY: '127.0.0.1' }, [
    { headers: { 'x-forwarded-for': '203.0.113.7' } }, { headers: { 'x-forwarded-for': '127.0.0.2' } }, {}
  ]), [403, 200, 200], 'behind a trusted proxy: its client')

  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
  t.same(await statuses(t, { API_TOKEN: apiToken }, [
    { remoteAddress: '192.168.1.5', ...bearer(apiToken) }, { headers: { authorization: `bearer  ${apiToken}`, host: 'poses.example' } },
    {}, bearer(`${apiToken}x`), bearer(apiToken.slice(1)), { headers: { authorization: `Basic ${apiToken}` } }, bearer('')
  ]), [200, 200, 401, 401, 401, 401, 401], 'with a token: by the token alone')
})

t.test('refusals say what to do', async (t) => {
  const open = await buildTestApp(t, { models: false, start: false })
  t.match((await open.app.inject({ url: '/check', remoteAddress: '192.0.2.1', headers: local })).json(), { code: 'POSE_ERR_API_TOKEN_UNSET', message: /the request comes from elsewhere\)\. Set API_TOKEN/ })
  const guarded = await buildTestApp(t, { models: false, start: false, env: { API_TOKEN: apiToken } })
  const answer = await guarded.app.inject({ url: '/check', headers: local })
  t.match(answer.json(), { code: 'POSE_ERR_API_TOKEN_WRONG', message: /none came/ })
  t.match(answer.headers['www-authenticate'], /^Bearer, Basic realm=/)
  t.equal((await guarded.app.inject('/health')).statusCode, 200, 'nothing else asks for it')
  t.equal((await guarded.app.inject({ url: '/check?project=0', headers: { authorization: `Bearer ${apiToken}` } })).statusCode, 400)
})

t.test('ten a minute, and one at a time', async (t) => {
  const silent = await startLocalServer(t, () => {})
  const { app } = await buildTestApp(t, { models: false, start: false, env: { RATE_LIMIT_MAX: '0', LABEL_STUDIO_URL: silent.origin } })
  const abort = new AbortController()
  const running = app.inject({ url: '/check', headers: local, signal: abort.signal }).catch(() => null)
  while (silent.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  const busy = await app.inject({ url: '/check', headers: local })
  t.match(busy.json(), { code: 'POSE_ERR_OVERLOADED', message: /another check is running/ })
  t.equal((await app.inject('/health')).statusCode, 200, 'others are answered meanwhile')
  abort.abort()
  await running
  const statuses: number[] = []
  for (let index = 0; index < 9; index++) statuses.push((await app.inject({ url: '/check?project=x', headers: local })).statusCode)
  t.same(statuses, [400, 400, 400, 400, 400, 400, 400, 400, 429], 'also where everything else is without limit')
})

const user = { id: 1, email: 'anna@studio.example' }
const points = labelConfig(pointsControl(['nose', 'left_eye']), peopleControl)

/** A Label Studio with one project that has the service connected, and calls it as the real one does. */
async function startStudio (t: Test, tasks: object[], service: () => { url: string }, answers: Answers = {}) {
  const project = { id: 7, title: 'Street', label_config: points, model_version: null, show_collab_predictions: true }
  return await startLabelStudioServer(t, {
    'GET /api/version': { release: '1.23.2' },
    'GET /api/current-user/whoami': user,
    'GET /api/projects/': { count: 1, next: null, results: [project] },
    'GET /api/projects/7/': project,
    'GET /api/projects/7/model-versions/': {},
    'GET /api/webhooks/': [],
    'GET /api/tasks': { total: tasks.length, tasks },
    'GET /api/ml': async () => {
      const { url } = service()
      const headers = { 'user-agent': 'heartex/1.23.2', 'content-type': 'application/json' }
      await fetch(`${url}/health`, { headers })
      const answer = await fetch(`${url}/setup`, { method: 'POST', headers, body: JSON.stringify({ project: '7.1758000000', schema: points, hostname: '', access_token: '', extra_params: null }) })
      const { model_version: version } = await answer.json() as { model_version?: string }
      return [{ id: 3, url, title: 'Poses', state: answer.ok ? 'CO' : 'ER', error_message: answer.ok ? null : `${answer.status} Server Error: ${answer.statusText} for url: ${url}/setup`, model_version: version ?? null, project: 7 }]
    },
    ...answers
  })
}

t.test('the whole report', async (t) => {
  const picture = await drawPicture({ width: 320, height: 240 })
  let url = ''
  const studio = await startStudio(t, [
    { id: 1, data: { image: toDataUri(picture) } }, { id: 2, data: { image: '/data/upload/7/a.jpg' } }, { id: 3, data: { image: '/data/upload/7/b.jpg' } },
    { id: 4, data: { image: '/data/local-files/?d=c.jpg' } }, { id: 5, data: { image: 's3://bucket/d.jpg' } }, { id: 6, data: { image: 'http://192.168.0.9/e.jpg' } }, { id: 7, data: { picture: 1 } }
  ], () => ({ url }))
  const { app } = await buildTestApp(t, { env: { LABEL_STUDIO_URL: studio.origin, LABEL_STUDIO_API_KEY: '0123456789abcdef', IMAGE_ORIGINS: '' } })
  url = await app.listen({ host: '127.0.0.1', port: 0 })

  const answer = await app.inject({ url: '/check?drawing=true', headers: local })
  t.equal(answer.statusCode, 200, answer.body)
  const { ok, checks, drawing } = answer.json<CheckReport>()
  t.equal(ok, false, 'pictures are missing')
  const of = (id: string) => checks.filter((line) => line.id === id)
  t.match(of('model'), [{ state: 'ok', sentence: /on cpu, 1 of 1 workers are ready/ }])
  t.match([...of('label-studio'), ...of('release'), ...of('clocks'), ...of('token'), ...of('projects')].map(({ state }) => state), ['ok', 'ok', 'ok', 'ok', 'ok'])
  t.match(of('connection'), [{ state: 'ok', project: 7, sentence: `Label Studio reaches this service at ${url}.` }])
  t.match(of('pictures').map(({ state, sentence }) => `${state} ${sentence}`), [
    /^failed The task has no picture/,
    /^ok In the task itself \(data:\): task 1, 320 x 240 pixels\./,
    /^failed Upload: .*\/data\/upload\/7\/a\.jpg/,
    /^failed Local-files storage: /,
    /^failed Amazon S3: /,
    /^failed Web \(192\.168\.0\.9\): The picture address is private/
  ], 'one of each form')
  for (const { remedy, sentence } of checks.filter(({ state }) => state === 'failed')) t.ok(remedy, sentence)
  t.match(of('prediction'), [{ state: 'ok', sentence: /^One person with \d+ points on task 1, in \d+ ms\.$/ }])
  t.match(await sharp(Buffer.from(drawing!, 'base64')).metadata(), { format: 'png', width: 320, height: 240 })
  t.equal(checks.at(-1)?.id, 'prediction', 'what sums up stands last')

  t.equal((await app.inject({ url: '/check', headers: local })).json<CheckReport>().drawing, null, 'drawn only when asked for')
})

t.test('without a model', async (t) => {
  let url = ''
  const studio = await startStudio(t, [{ id: 1, data: { image: toDataUri(await drawPicture()) } }], () => ({ url }))
  const { app } = await buildTestApp(t, { models: false, env: { LABEL_STUDIO_URL: studio.origin, LABEL_STUDIO_API_KEY: '0123456789abcdef' } })
  url = await app.listen({ host: '127.0.0.1', port: 0 })
  const { ok, checks } = (await app.inject({ url: '/check?project=7', headers: local })).json<CheckReport>()
  t.equal(ok, false)
  const of = (id: string) => checks.filter((line) => line.id === id)
  t.match(of('model'), [{ state: 'failed', sentence: /^No model: / }])
  t.match(of('connection'), [{ state: 'failed', sentence: /shows Error: 503, No model: / }])
  t.match(of('label-config'), [{ state: 'ok', sentence: /^2 of 133 points/ }], 'the mode says what its network finds')
  t.match(of('pictures'), [{ state: 'ok', sentence: /fetched/ }])
  t.match(of('prediction'), [{ state: 'failed', sentence: /^No model: / }])
  t.match(of('refusals'), [{ state: 'warning', sentence: /No model: / }], 'what Label Studio was told just now')
})

t.test('without Label Studio the figure is predicted', async (t) => {
  const { app } = await buildTestApp(t)
  const { ok, checks } = (await app.inject({ url: '/check', headers: local })).json<CheckReport>()
  t.equal(ok, false)
  t.match(checks.find(({ id }) => id === 'label-studio'), { state: 'failed', remedy: /LABEL_STUDIO_URL/ })
  t.match(checks.find(({ id }) => id === 'prediction'), { sentence: /the drawn figure that comes with the service/ })
})

t.test('what Label Studio is refused stands in the report, what others are refused does not', async (t) => {
  const { app } = await buildTestApp(t)
  const predict = (userAgent: string, payload: object) => app.inject({ method: 'POST', url: '/predict', headers: { 'user-agent': userAgent }, payload })
  await predict('curl/8', { tasks: 1 })
  const refusals = async () => (await app.inject({ url: '/check', headers: local })).json<CheckReport>().checks.filter(({ id }) => id === 'refusals')
  t.match(await refusals(), [{ state: 'ok' }])
  await predict('heartex/1.23.2', { tasks: [], label_config: '<View/>' })
  await predict('heartex/1.23.2', { tasks: [{ id: 1, data: {} }], label_config: points })
  const sentences = (await refusals()).map(({ sentence }) => sentence)
  t.equal(sentences.length, 2)
  for (const expected of [/has nothing this model can fill/, /The task has no picture/]) t.ok(sentences.some((sentence) => expected.test(sentence)), expected.source)
})

t.test('the OpenAPI document asks for the token where one is set', async (t) => {
  const describe = async (env: Record<string, string>) => {
    const { app } = await buildTestApp(t, { models: false, start: false, env })
    return (await app.inject('/openapi.json')).json()
  }
  const { paths, components } = await describe({ API_TOKEN: apiToken })
  t.match(components.securitySchemes.apiToken, { type: 'http', scheme: 'bearer' })
  t.same(paths['/check'].get.security, [{ apiToken: [] }])
  t.same((await describe({})).paths['/check'].get.security, [], 'callers on this machine need none')
})

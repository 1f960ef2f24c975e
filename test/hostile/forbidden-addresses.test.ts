/** Server-side request forgery: nobody who writes tasks gets the service to connect to what only its machine or network may see. */
import { createServer } from 'node:http'
import { BlockList, Socket, type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { Agent, request } from 'undici'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { startLocalServer, type Answer, type LocalServer } from '../factories/local-server.ts'
import { resolveNames } from '../factories/resolve-names.ts'
import { buildTestApp } from '../factories/test-app.ts'
import { forbiddenAddresses, forbiddenNames } from './forbidden-addresses.ts'

interface Entry { result?: unknown[], code?: string, error?: string }

const picture = await drawPicture()

/** Path of the redirect to the form of that number. */
const toRedirect = /^\/(?:data\/)?to\/(\d+)\.jpg$/

/** What may only be reached by accident: counts the connections that it gets, on all addresses that stand for this machine. */
async function startTarget (t: Test): Promise<{ port: number, count: () => number, reset: () => void }> {
  let connections = 0
  const open = async (host: string, port: number): Promise<number> => {
    const server = createServer((_request, response) => { response.end(picture) }).on('connection', () => { connections++ })
    await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(port, host, resolve) })
    t.teardown(() => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve) }))
    return (server.address() as AddressInfo).port
  }
  const port = await open('127.0.0.1', 0)
  // Not every system has more than the one.
  for (const host of ['127.8.9.10', '::1']) await open(host, port).catch(() => t.comment(`nothing can listen on ${host} here`))
  return { port, count: () => connections, reset: () => { connections = 0 } }
}

/** Every address that this process begins to connect to, as "address port". */
function watchConnections (t: Test): { begun: string[] } {
  const begun: string[] = []
  const { connect } = Socket.prototype
  t.intercept(Socket.prototype, 'connect', {
    value: function (this: Socket, ...parameters: Parameters<Socket['connect']>) {
      this.on('connectionAttempt', (address: string, port: number) => { begun.push(`${address} ${port}`) })
      return connect.apply(this, parameters)
    }
  })
  return { begun }
}

/** The whole service with a target beside it, a stranger's server that is allowed, and Label Studio. */
async function startAll (t: Test, env: (target: number) => Record<string, string> = () => ({})) {
  const target = await startTarget(t)
  const forms = forbiddenAddresses.map(({ form }) => form.replaceAll('PORT', String(target.port)))
  // A header is bytes; what it may not hold is left out by servers and clients alike.
  const location = (form: string) => Buffer.from(form.replace(/\p{Cc}/gu, '')).toString('latin1')
  const redirect: Answer = ({ url }, response) => {
    const number = toRedirect.exec(url ?? '')?.[1]
    response.writeHead(number === undefined ? 404 : 302, number === undefined ? {} : { location: location(forms[Number(number)]!) }).end()
  }
  const open = await startLocalServer(t, redirect)
  const labelStudio = await startLocalServer(t, redirect)
  const { app } = await buildTestApp(t, {
    env: { IMAGE_ORIGINS: open.origin, LABEL_STUDIO_URL: labelStudio.origin, LABEL_STUDIO_API_KEY: '0123456789abcdef0123456789abcdef01234567', DOWNLOAD_TIMEOUT_S: '10', ...env(target.port) }
  })
  const service = await app.listen({ host: '127.0.0.1', port: 0 })
  const predict = async (addresses: readonly string[]): Promise<Entry[]> => {
    const tasks = addresses.map((image, id) => ({ id, data: { image } }))
    const answer = await fetch(`${service}/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ tasks, label_config: labelConfigPreset('body17'), project: '1.1' }) })
    t.equal(answer.status, 200)
    return (await answer.json() as { results: Entry[] }).results
  }
  const own = new Set([service, open.origin, labelStudio.origin].map((origin) => `127.0.0.1 ${new URL(origin).port}`))
  return { target, forms, open, labelStudio, service, predict, own }
}

/** How many of the redirects to forms a server was asked for. */
function redirectsAsked ({ requests }: LocalServer): number {
  return new Set(requests.map(({ url }) => url).filter((url) => toRedirect.test(url))).size
}

/** Each refused with one of our sentences, and nothing begun. */
function checkRefused (t: Test, entries: readonly Entry[], forms: readonly string[]): void {
  t.equal(entries.length, forms.length)
  for (const [number, { code, error, result }] of entries.entries()) {
    const form = JSON.stringify(forms[number])
    if (result !== undefined || !/^POSE_ERR_(SOURCE_(REFUSED|UNSUPPORTED|OUTSIDE|NOT_FOUND|FAILED)|IMAGE_(FORMAT|UNREADABLE))$/.test(code ?? '')) t.fail(`${form}: ${code} ${error}`)
  }
  const codes = entries.reduce<Record<string, number>>((counts, { code = 'none' }) => ({ ...counts, [code]: (counts[code] ?? 0) + 1 }), {})
  t.comment(codes)
}

t.test('no form reaches the target, whichever way it comes', async (t) => {
  const { target, forms, open, labelStudio, predict, own } = await startAll(t)
  resolveNames(t, forbiddenNames)
  const { begun } = watchConnections(t)
  t.ok(forms.length >= 60, `${forms.length} forms`)

  await t.test('as the address of a task', async (t) => {
    checkRefused(t, await predict(forms), forms)
  })
  await t.test('as what an allowed server redirects to', async (t) => {
    checkRefused(t, await predict(forms.map((_form, number) => `${open.origin}/to/${number}.jpg`)), forms)
    t.equal(redirectsAsked(open), forms.length)
  })
  await t.test("as what Label Studio's origin redirects to, with its token at hand", async (t) => {
    checkRefused(t, await predict(forms.map((_form, number) => `/data/to/${number}.jpg`)), forms)
    t.equal(redirectsAsked(labelStudio), forms.length)
  })

  t.equal(target.count(), 0, `0 of ${3 * forms.length} reached it`)
  t.same([...new Set(begun.filter((place) => !own.has(place)))], [], 'nor was a connection begun to anything else')
})

t.test('without the guard the same forms do reach it', async (t) => {
  const target = await startTarget(t)
  resolveNames(t, forbiddenNames)
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false, autoSelectFamily: true } })
  t.teardown(() => dispatcher.destroy())
  const reaching = forbiddenAddresses.filter(({ form, reaches }) => /^(127\.\d+\.\d+\.\d+|::1)$/.test(reaches ?? '') && URL.canParse(form.replaceAll('PORT', '1')) && /^https?:$/.test(new URL(form.replaceAll('PORT', '1')).protocol))
  let reached = 0
  for (const { form } of reaching) {
    target.reset()
    // A user in the address is refused by undici and cut off by the service.
    const url = new URL(form.replaceAll('PORT', String(target.port)))
    url.username = url.password = ''
    await request(url, { dispatcher, headers: { connection: 'close' } }).then(({ body }) => body.dump()).catch(() => {})
    if (target.count() > 0) reached++
    else t.comment(`${form} did not reach it`)
  }
  t.comment(`${reached} of ${reaching.length} forms`)
  t.ok(reached >= 60, `${reached} of the forms are real ways to it`)
})

t.test('the target is reached where the configuration allows it', async (t) => {
  const { target, predict, open } = await startAll(t, (port) => ({ IMAGE_ORIGINS: `http://127.0.0.1:${port}` }))
  const [direct, elsewhere] = await predict([`http://127.0.0.1:${target.port}/a.jpg`, `${open.origin}/to/0.jpg`])
  t.ok((direct?.result?.length ?? 0) > 0, 'its people were found')
  t.equal(target.count(), 1)
  t.equal(elsewhere?.code, 'POSE_ERR_SOURCE_REFUSED', 'and nothing else is')
})

t.test('a chain of redirects ends where it turns inwards, and file: is no way out', async (t) => {
  const target = await startTarget(t)
  const chain = await startLocalServer(t, ({ url }, response) => {
    const left = Number(/^\/(\d)/.exec(url ?? '')?.[1] ?? 0)
    const last = url?.endsWith('file.jpg') ? 'file:///etc/passwd' : `http://127.0.0.1:${target.port}/a.jpg`
    response.writeHead(302, { location: left > 0 ? `/${left - 1}${url!.slice(2)}` : last }).end()
  })
  const { app } = await buildTestApp(t, { models: {}, env: { IMAGE_ORIGINS: chain.origin } })
  const { results } = (await app.inject({ method: 'POST', url: '/predict', payload: { tasks: ['3/a.jpg', '3/file.jpg', '9/a.jpg'].map((path) => ({ data: { image: `${chain.origin}/${path}` } })) } })).json<{ results: Entry[] }>()
  t.match(results, [{ code: 'POSE_ERR_SOURCE_REFUSED' }, { code: 'POSE_ERR_SOURCE_UNSUPPORTED' }, { code: 'POSE_ERR_SOURCE_FAILED', error: /more than 5 redirects/ }])
  t.equal(target.count(), 0)
})

t.test('a name that is public first and private at the second look (DNS rebinding)', { skip: process.platform === 'linux' ? false : 'needs several loopback addresses' }, async (t) => {
  const target = await startTarget(t)
  // 127.0.0.2 plays a public address: it fails in a way that is worth another try, for which the name is looked up again.
  const open = createServer((_request, response) => { response.writeHead(503, { connection: 'close' }).end() })
  let asked = 0
  open.on('connection', () => { asked++ })
  await new Promise<void>((resolve) => { open.listen(target.port, '127.0.0.2', resolve) })
  t.teardown(() => new Promise((resolve) => { open.closeAllConnections(); open.close(resolve) }))
  const { check } = BlockList.prototype
  t.intercept(BlockList.prototype, 'check', { value: function (this: BlockList, ...parameters: Parameters<BlockList['check']>) { return parameters[0] !== '127.0.0.2' && check.apply(this, parameters) } })
  const { app } = await buildTestApp(t)
  resolveNames(t, { 'rebinding.example': (before) => [before === 0 ? '127.0.0.2' : '127.0.0.1'] })
  const { results } = (await app.inject({ method: 'POST', url: '/predict', payload: { tasks: [{ data: { image: `http://rebinding.example:${target.port}/a.jpg` } }] } })).json<{ results: Entry[] }>()
  t.match(results, [{ code: 'POSE_ERR_SOURCE_REFUSED' }])
  t.same([asked, target.count()], [1, 0], 'the first address was asked, the second was not')
})

t.test('what Label Studio is said to be called opens no way to it', async (t) => {
  const { target, predict, service, labelStudio } = await startAll(t)
  const inward = `http://127.0.0.1:${target.port}`
  const answer = await fetch(`${service}/setup`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ project: '1.1', schema: '', hostname: inward, access_token: 'x', extra_params: { url: inward } }) })
  t.equal(answer.status, 200)
  const entries = await predict([`${inward}/a.jpg`, `${inward}/data/upload/1/a.jpg`, `${inward}/data/local-files/?d=a.jpg`])
  t.match(entries, [{ code: 'POSE_ERR_SOURCE_REFUSED' }, { code: 'POSE_ERR_SOURCE_NOT_FOUND' }, { code: 'POSE_ERR_SOURCE_NOT_FOUND' }])
  t.equal(target.count(), 0)
  t.ok(labelStudio.requests.length > 0, 'its data paths are asked of the configured one')
})

t.test('nothing in a request chooses where models come from', async (t) => {
  const target = await startTarget(t)
  const { app } = await buildTestApp(t)
  const inward = `http://127.0.0.1:${target.port}`
  const names = { MODEL_MIRROR: inward, model_mirror: inward, mirror: inward, model: `${inward}/a.onnx`, detector: `${inward}/a.onnx`, model_url: `${inward}/a.onnx`, url: inward }
  for (const [method, url, payload] of [
    ['POST', '/predict', { tasks: [{ data: { image: '' } }], params: names, ...names }],
    ['POST', '/setup', { project: '1.1', schema: '', extra_params: names, ...names }],
    ['POST', '/webhook', { action: 'START_TRAINING', project: { id: 1, ...names }, ...names }],
    ['GET', `/label-config?${new URLSearchParams(names).toString()}`, undefined],
    ['GET', `/health?${new URLSearchParams(names).toString()}`, undefined]
  ] as const) t.ok((await app.inject({ method, url, ...(payload && { payload }) })).statusCode < 500, url)
  t.equal(target.count(), 0)
})

/** The built service under real signals; what its HTTP side answers meanwhile stands in test/plugins/closing.test.ts. */
import { execFile, spawnSync } from 'node:child_process'
import { Agent, request as httpRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { buildProgram } from '../factories/build-program.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { startFileServer, type FileServer } from '../factories/file-server.ts'
import { startLocalServer } from '../factories/local-server.ts'
import { root, startService } from '../factories/service-process.ts'

/** On a busy machine; what must not wait for anybody takes a part of a second. */
const soonMs = 30_000

interface Answer { status: number, connection: string | undefined, body: string }

function ask (url: string, agent: Agent, payload?: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { agent, method: payload ? 'POST' : 'GET', headers: payload ? { 'content-type': 'application/json' } : {} }, (response) => {
      let body = ''
      response.on('data', (chunk) => { body += chunk })
        .on('end', () => { resolve({ status: response.statusCode!, connection: response.headers.connection, body }) })
        .on('error', reject)
    }).on('error', reject)
    request.end(payload ? JSON.stringify(payload) : undefined)
  })
}

/** Many addresses: the same one, asked for twice at once, is estimated once. */
async function startPictures (t: Test): Promise<FileServer> {
  const picture = await drawPicture()
  return await startFileServer(t, Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`/${n}.jpg`, picture])))
}

const isEstimated = ({ status, body }: Answer) => status === 200 && (JSON.parse(body) as { results: Array<{ result?: unknown }> }).results.every(({ result }) => Array.isArray(result))

t.test('balancers notice before the port closes: nobody meets a closed door', async (t) => {
  const pictures = await startPictures(t)
  const service = await startService(t, { WORKERS: '1', CACHE_MB: '0', CLOSE_DELAY_S: '8', IMAGE_ORIGINS: pictures.origin })
  const kept = new Agent({ keepAlive: true })
  const fresh = new Agent({ keepAlive: false })
  t.teardown(() => { kept.destroy() })
  const elsewhere = new AbortController()
  const answers: Answer[] = []
  const load = Promise.all([1, 2, 3, 4].map(async (client) => {
    while (!elsewhere.signal.aborted) answers.push(await ask(`${service.url}/predict`, kept, { tasks: [{ data: { image: `${pictures.origin}/${client}.jpg` } }] }))
  }))
  while (answers.length < 8) await sleep(20)

  service.signal('SIGTERM')
  let ready = await ask(`${service.url}/ready`, fresh)
  for (; ready.status === 200; ready = await ask(`${service.url}/ready`, fresh)) await sleep(20)
  t.match(JSON.parse(ready.body), { statusCode: 503, code: 'POSE_ERR_SHUTTING_DOWN' })
  // Requests go on for a while, as from a balancer that looks every second.
  const before = answers.length
  while (answers.length < before + 4) await sleep(20)
  elsewhere.abort()
  await load
  t.strictSame(answers.filter((answer) => !isEstimated(answer)), [], `all ${answers.length} requests have their answer`)
  t.equal(answers.at(-1)!.connection, 'close', 'whoever holds a connection is told to open the next one elsewhere')
  t.equal(await service.ended(), 0)
  await t.rejects(ask(`${service.url}/live`, fresh), { code: 'ECONNREFUSED' })
})

t.test('accepted pictures are finished, and a connection that nobody uses holds nothing up', async (t) => {
  const pictures = await startPictures(t)
  const service = await startService(t, { WORKERS: '1', CACHE_MB: '0', IMAGE_ORIGINS: pictures.origin })
  const idle = new Agent({ keepAlive: true })
  t.teardown(() => { idle.destroy() })
  t.equal((await ask(`${service.url}/live`, idle)).status, 200)
  const fresh = new Agent({ keepAlive: false })
  const accepted = ask(`${service.url}/predict`, fresh, { tasks: Array.from({ length: 30 }, (_, n) => ({ data: { image: `${pictures.origin}/${n}.jpg` } })) })
  while (pictures.requests.length === 0) await sleep(5)
  const told = performance.now()
  service.signal('SIGTERM')
  const answer = await accepted
  t.ok(isEstimated(answer))
  t.equal((JSON.parse(answer.body) as { results: unknown[] }).results.length, 30)
  t.equal(await service.ended(), 0)
  t.ok(performance.now() - told < soonMs)
})

t.test('told to end while it downloads, it ends', async (t) => {
  const file = new Uint8Array(5_000_000)
  const mirror = await startLocalServer(t, (_request, response) => {
    response.writeHead(200, { 'content-length': file.length })
    const timer = setInterval(() => { response.write(file.subarray(0, 1000)) }, 50)
    response.on('close', () => { clearInterval(timer) })
  })
  const service = await startService(t, { MODE: 'lightweight', MODEL_DOWNLOAD: 'auto', MODEL_MIRROR: mirror.origin, CLOSE_DELAY_S: '60' }, 'live')
  while (mirror.requests.length === 0) await sleep(20)
  const told = performance.now()
  t.equal(await service.stop(), 0)
  t.ok(performance.now() - told < soonMs, 'without the delay for balancers: it was never ready')
})

t.test('told to end while threads load their networks, it ends in order', async (t) => {
  const service = await startService(t, { WORKERS: '2' }, 'live')
  t.equal(await service.stop(), 0, service.log())
})

t.test('Ctrl-C does not wait for balancers; a second signal waits for nobody', async (t) => {
  const silent = await startLocalServer(t, () => {})
  const service = await startService(t, { WORKERS: '1', CLOSE_DELAY_S: '60', IMAGE_ORIGINS: silent.origin })
  const told = performance.now()
  service.signal('SIGINT')
  t.equal(await service.ended(), 0)
  t.ok(performance.now() - told < soonMs)

  await service.start()
  const lost = ask(`${service.url}/predict`, new Agent({ keepAlive: false }), { tasks: [{ data: { image: `${silent.origin}/a.jpg` } }] }).then(() => 'answered', () => 'lost')
  while (silent.requests.length === 0) await sleep(20)
  service.signal('SIGTERM')
  while (!service.log().includes('"signal":"SIGTERM"')) await sleep(20)
  service.signal('SIGTERM')
  t.equal(await service.ended(), 1)
  t.match(service.log(), 'second SIGTERM, exiting')
  t.equal(await lost, 'lost')
})

t.test('told to end before it has loaded, it ends', async (t) => {
  await buildProgram()
  // Sends the signal to itself as soon as anything takes it.
  const tell = `process.on('newListener', function tell (name) {
    if (name === 'SIGTERM') queueMicrotask(() => { process.off('newListener', tell); process.kill(process.pid, name) })
  })`
  // The kernel keeps a signal that is not taken from the first process of a container.
  const asFirst = [['--pid', '--fork', '--kill-child'], ['--map-root-user', '--pid', '--fork', '--kill-child']].find((options) => spawnSync('unshare', [...options, 'true']).status === 0)
  for (const [name, before] of Object.entries({ 'any process': [], 'the first process of a container': asFirst && ['unshare', ...asFirst] })) {
    await t.test(name, { skip: before === undefined && 'needs unshare and the right to use it' }, async (t) => {
      const [program, ...args]: string[] = [...before!, process.execPath, '--import', `data:text/javascript,${encodeURIComponent(tell)}`, 'dist/src/server.js']
      const { stdout, stderr } = await promisify(execFile)(program!, args, { cwd: root, env: { PATH: process.env['PATH'], PORT: '0', MODE: 'starter' }, timeout: soonMs, killSignal: 'SIGKILL' })
      t.strictSame([stdout, stderr], ['', ''], 'exit code 0, and it has not even looked at its settings')
    })
  }
})

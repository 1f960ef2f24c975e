/** Bodies that are announced and do not come, or come forever: what is held has a bound, and the requests of others pass. */
import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import bodyBudget, { type BodyBudgetOptions } from '../../plugins/body-budget.ts'
import { rawPost, sendRaw } from '../factories/raw-request.ts'
import { buildTestApp } from '../factories/test-app.ts'

interface Client { socket: Socket, came: () => string, ended: Promise<string> }

async function open (t: Test, port: number): Promise<Client> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  t.teardown(() => { socket.destroy() })
  let came = ''
  socket.on('data', (chunk: Buffer) => { came += chunk.toString('latin1') })
  await once(socket, 'connect')
  return { socket, came: () => came, ended: once(socket, 'close').then(() => came) }
}

const head = (path: string, ...headers: string[]) => `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n`

t.test('two silent giants keep nobody out, and are let go', async (t) => {
  const { app, config } = await buildTestApp(t, { env: { RATE_LIMIT_MAX: '0', MAX_BODY_MB: '256' } })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const started = performance.now()
  const giants = [await open(t, port), await open(t, port)]
  for (const { socket } of giants) socket.write(head('/predict', `Content-Length: ${config.maxBodyBytes}`))
  await sleep(500)

  for (const [path, status] of [['/predict', 400], ['/setup', 200], ['/webhook', 201]] as const) {
    const answer = await sendRaw(port, rawPost(path, '{"a":1}'), { silenceMs: 10_000 })
    t.equal(answer.status, status, `${path}: ${answer.text.slice(0, 60)}`)
  }
  t.equal((await sendRaw(port, rawPost('/predict', `{"tasks":[],"filler":"${'x'.repeat(3_000_000)}"}`), { silenceMs: 20_000 })).status, 200, 'larger ones too')
  t.same(giants.map(({ came }) => came()), ['', ''], 'meanwhile they are open')
  for (const text of await Promise.all(giants.map(({ ended }) => ended))) t.match(text, /^HTTP\/1\.1 408 [^]*POSE_ERR_REQUEST_TIMEOUT/)
  const ms = performance.now() - started
  t.ok(ms > 9000 && ms < 40_000, `let go after ${Math.round(ms)} ms, 10 s are meant`)
})

/** An address that takes a body and tells its length. */
async function start (t: Test, options: Partial<BodyBudgetOptions>): Promise<number> {
  const app = Fastify({ bodyLimit: 2_000_000 })
  t.teardown(() => app.close())
  await app.register(bodyBudget, { maxBytes: 1_000_000, arrivalMs: 60_000, ...options })
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => body)
  app.post('/', async ({ body }) => `${(body as Buffer).byteLength} bytes`)
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

t.test('a body that moves slowly is awaited, up to the limit of a request', async (t) => {
  const port = await start(t, { silenceMs: 600, arrivalMs: 4000 })
  const moving = await open(t, port)
  moving.socket.write(head('/', 'Content-Length: 10', 'Connection: close'))
  for (let i = 0; i < 10; i++) {
    await sleep(200)
    moving.socket.write('x')
  }
  t.match(await moving.ended, /^HTTP\/1\.1 200 [^]*10 bytes$/, 'three times the limit of silence')

  const dribbling = await open(t, port)
  const started = performance.now()
  dribbling.socket.write(head('/', 'Transfer-Encoding: chunked'))
  const timer = setInterval(() => { if (dribbling.socket.writable) dribbling.socket.write('1\r\nx\r\n') }, 100)
  t.match(await dribbling.ended, /^HTTP\/1\.1 408 /)
  clearInterval(timer)
  t.ok(performance.now() - started >= 4000, 'not before')
})

t.test('the bound of all bodies holds while they grow', async (t) => {
  const port = await start(t, {})
  const piece = 'x'.repeat(300_000)
  for (const [name, header, frame] of [
    ['with a length', 'Content-Length: 900000', (text: string) => text],
    ['in chunks', 'Transfer-Encoding: chunked', (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`]
  ] as const) {
    const [first, second] = [await open(t, port), await open(t, port)]
    for (const { socket } of [first, second]) {
      socket.write(head('/', header, 'Connection: close'))
      socket.write(frame(piece))
    }
    await sleep(300)
    t.same([first.came(), second.came()], ['', ''], `${name}: both are taken`)
    first.socket.write(frame(piece))
    await sleep(300)
    second.socket.write(frame(piece))
    t.match(await second.ended, /^HTTP\/1\.1 503 [^]*MAX_BODY_MB/, `${name}: the one that would cross it is refused while it comes`)
    t.match(await sendRaw(port, rawPost('/', piece)), { status: 200 }, `${name}: its bytes are given back`)
    first.socket.write(frame(piece))
    if (frame('') !== '') first.socket.write(frame(''))
    t.match(await first.ended, /^HTTP\/1\.1 200 [^]*900000 bytes$/, `${name}: the other one stays`)
  }
})

t.test('chunks of a byte count for what they take', async (t) => {
  const port = await start(t, {})
  t.match(await sendRaw(port, `${head('/', 'Transfer-Encoding: chunked')}${'1\r\nx\r\n'.repeat(10_000)}0\r\n\r\n`, { silenceMs: 10_000 }), { status: 503 })
})

t.test('a body that nobody reads does not stop its connection', async (t) => {
  const port = await start(t, { silenceMs: 500 })
  const { socket, came } = await open(t, port)
  const text = 'x'.repeat(1_000_000)
  socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/none\r\nContent-Length: ${text.length}\r\n\r\n${text}GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n`)
  for (let tries = 0; !came().includes(' 404 ') && tries < 50; tries++) await sleep(100)
  t.match(came(), /^HTTP\/1\.1 415 [^]*HTTP\/1\.1 404 /)
  await sleep(1000)
  t.match(await sendRaw(port, rawPost('/', '{}')), { status: 200 }, 'and nothing is thrown later')
})

/** Clients that take their time: each connection has an end, and others are answered meanwhile. */
import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import stalledAnswers from '../../plugins/stalled-answers.ts'
import { makeSelfSignedCertificate } from '../factories/self-signed-certificate.ts'
import { buildTestApp } from '../factories/test-app.ts'

interface Client { socket: Socket, came: () => string, closedAfter: () => number | null }

/** A client that sends a piece every 200 ms for as long as it may. */
async function dribble (t: Test, port: number, pieces: Iterable<string>): Promise<Client> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const begun = performance.now()
  let came = ''
  let closedAfter: number | null = null
  socket.on('data', (chunk) => { came += chunk.toString('latin1') }).on('error', () => {}).on('close', () => { closedAfter ??= performance.now() - begun })
  const rest = pieces[Symbol.iterator]()
  const timer = setInterval(() => {
    const { value, done } = rest.next()
    if (done || !socket.writable) clearInterval(timer)
    else socket.write(value)
  }, 200)
  t.teardown(() => { clearInterval(timer); socket.destroy() })
  return { socket, came: () => came, closedAfter: () => closedAfter }
}

const forever = (first: string, piece: string) => [first, ...Array.from({ length: 1000 }, () => piece)]

t.test('the limits of a connection', async (t) => {
  const dir = t.testdir({})
  const { cert, key } = makeSelfSignedCertificate()
  writeFileSync(join(dir, 'cert.pem'), cert)
  writeFileSync(join(dir, 'key.pem'), key)
  for (const [name, env] of [['HTTP', {}], ['HTTPS', { TLS_CERT: join(dir, 'cert.pem'), TLS_KEY: join(dir, 'key.pem') }]] as const) {
    const { app } = await buildTestApp(t, { models: false, env })
    const { headersTimeout, requestTimeout, keepAliveTimeout } = app.server
    t.same({ headersTimeout, requestTimeout, keepAliveTimeout }, { headersTimeout: 15_000, requestTimeout: 120_000, keepAliveTimeout: 72_000 }, name)
  }
})

t.test('slow loris: what comes drop by drop is ended in time, and nobody waits for it', async (t) => {
  const { app } = await buildTestApp(t, { models: false, env: { RATE_LIMIT_MAX: '0' } })
  // As in src/app.ts, in fewer seconds. How often connections are looked at is fixed when the server is made: every five seconds.
  app.server.headersTimeout = 1000
  app.server.requestTimeout = 2000
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const post = 'POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n'
  const clients: Record<string, Client> = {}
  const started = performance.now()
  for (const [name, pieces] of Object.entries({
    'nothing at all': [],
    'the request line': forever('GET /he', 'a'),
    headers: forever('GET /health HTTP/1.1\r\nHost: a\r\n', 'X-A: b\r\n'),
    'a body with a length': forever(`${post}Content-Length: 1000\r\n\r\n{`, ' '),
    'a body in chunks': forever(`${post}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'),
    'no byte of the body': [`${post}Content-Length: 1000\r\n\r\n`]
  })) clients[name] = await dribble(t, port, pieces)
  const many = await Promise.all(Array.from({ length: 200 }, () => dribble(t, port, ['GET /health HTTP/1.1\r\n'])))

  let answered = 0
  let slowest = 0
  const isOpen = () => [...Object.values(clients), ...many].some(({ closedAfter }) => closedAfter() === null)
  while (isOpen() && performance.now() < started + 60_000) {
    const begun = performance.now()
    const { status } = await fetch(`${url}/live`, { headers: { connection: 'close' } })
    if (status === 200) answered++
    slowest = Math.max(slowest, performance.now() - begun)
    await sleep(100)
  }
  for (const [name, { came, closedAfter }] of Object.entries(clients)) {
    // The limit and a look; generous, for a machine that does other things too.
    t.ok((closedAfter() ?? Infinity) < 30_000, `${name}: ended after ${Math.round(closedAfter() ?? -1)} ms`)
    t.match(came(), /^HTTP\/1\.1 408 The request did not arrive in time[^]*POSE_ERR_REQUEST_TIMEOUT/, `${name}: told why`)
  }
  t.ok(many.every(({ closedAfter }) => closedAfter() !== null), '200 more are ended too')
  t.ok(answered >= 10 && slowest < 5000, `${answered} requests of others were answered meanwhile, the slowest in ${Math.round(slowest)} ms`)
})

t.test('an answer that nobody takes is let go', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(stalledAnswers, { limitMs: 500 })
  const ended: number[] = []
  app.get('/large', async (_request, reply) => {
    reply.raw.once('close', () => { ended.push(performance.now()) })
    return Buffer.alloc(50_000_000)
  })
  app.get('/pause', async () => { await sleep(1000); return 'done' })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo

  const idle = connect(port, '127.0.0.1').on('error', () => {})
  t.teardown(() => { idle.destroy() })
  idle.write('GET /large HTTP/1.1\r\nHost: a\r\n\r\n')
  idle.pause()
  for (let tries = 0; ended.length === 0 && tries < 100; tries++) await sleep(100)
  t.equal(ended.length, 1, 'its connection is ended')

  t.equal((await (await fetch(`${url}/large`)).arrayBuffer()).byteLength, 50_000_000, 'who reads it gets all of it')
  t.equal(await (await fetch(`${url}/pause`)).text(), 'done', 'and time to make the answer counts for nothing')
})

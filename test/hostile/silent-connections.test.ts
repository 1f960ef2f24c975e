/** Connections that never become a request: each has an end, there is a bound of all, and none keeps the service from closing. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { createLogLines } from '../factories/log-lines.ts'
import { sendRaw } from '../factories/raw-request.ts'
import { makeSelfSignedCertificate } from '../factories/self-signed-certificate.ts'
import { buildTestApp } from '../factories/test-app.ts'

const { cert, key } = makeSelfSignedCertificate()
const halfHandshake = Buffer.from('16030102000100', 'hex')
const health = 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'

function encrypted (t: Test): Record<string, string> {
  const dir = t.testdir({})
  writeFileSync(join(dir, 'cert.pem'), cert)
  writeFileSync(join(dir, 'key.pem'), key)
  return { TLS_CERT: join(dir, 'cert.pem'), TLS_KEY: join(dir, 'key.pem') }
}

async function listen (app: FastifyInstance): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

async function open (t: Test, port: number, bytes: string | Uint8Array = ''): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  t.teardown(() => { socket.destroy() })
  await once(socket, 'connect')
  socket.resume().write(bytes)
  return socket
}

async function openTls (t: Test, port: number): Promise<Socket> {
  const socket = connectTls({ host: '127.0.0.1', servername: 'localhost', port, ca: cert }).on('error', () => {})
  t.teardown(() => { socket.destroy() })
  await once(socket, 'secureConnect')
  return socket.resume()
}

async function count (app: FastifyInstance): Promise<number> {
  return await new Promise((resolve, reject) => { app.server.getConnections((error, number) => { error ? reject(error) : resolve(number) }) })
}

async function untilCount (app: FastifyInstance, wanted: number, limitMs = 10_000): Promise<number> {
  const started = performance.now()
  while (await count(app) !== wanted && performance.now() < started + limitMs) await sleep(50)
  return await count(app)
}

t.test('a handshake that never comes', async (t) => {
  const { app } = await buildTestApp(t, { models: false, start: false, env: encrypted(t) })
  const port = await listen(app)
  const started = performance.now()
  const ended: number[] = []
  for (const socket of [
    await open(t, port),
    // The beginning of a handshake, whose rest does not follow.
    await open(t, port, halfHandshake)
  ]) socket.once('close', () => { ended.push(performance.now() - started) })
  t.equal(await untilCount(app, 2), 2)
  t.equal(await untilCount(app, 0, 40_000), 0, 'no connection is left')
  t.equal(ended.length, 2)
  for (const ms of ended) t.ok(ms > 10_000 && ms < 40_000, `ended after ${Math.round(ms)} ms, 15 s are meant`)
})

t.test('what is no TLS is ended at once', async (t) => {
  const { app } = await buildTestApp(t, { models: false, start: false, env: encrypted(t) })
  const port = await listen(app)
  for (const bytes of [health, 'nonsense '.repeat(100)]) t.match(await sendRaw(port, bytes, { silenceMs: 10_000 }), { ended: true }, bytes.slice(0, 20))
  t.equal(await untilCount(app, 0), 0)
})

t.test('closing does not wait for connections without a request', async (t) => {
  for (const name of ['HTTP', 'HTTPS']) {
    const { app } = await buildTestApp(t, { models: false, start: false, env: name === 'HTTPS' ? encrypted(t) : {} })
    const port = await listen(app)
    const sockets = [
      await open(t, port),
      await open(t, port),
      ...(name === 'HTTPS'
        ? [await openTls(t, port), await openTls(t, port), await open(t, port, halfHandshake)]
        : [await open(t, port, 'GET /health HTTP/1.1\r\nX-Begun: '), await open(t, port, health)])
    ]
    t.equal(await untilCount(app, sockets.length), sockets.length)
    const started = performance.now()
    await app.close()
    const ms = performance.now() - started
    t.ok(ms < 5000, `${name}: closed after ${Math.round(ms)} ms`)
    t.equal(await count(app), 0, `${name}: nothing is left open`)
  }
})

t.test('closing lets a request arrive that is on its way, and waits for its answer', async (t) => {
  const { app } = await buildTestApp(t, { models: false, start: false })
  const port = await listen(app)
  const old = await open(t, port)
  await sleep(1000)
  const late = await open(t, port, 'GET /live HTTP/1.1\r\n')
  let came = ''
  late.on('data', (chunk: Buffer) => { came += chunk.toString('latin1') })
  t.equal(await untilCount(app, 2), 2)
  const closed = app.close()
  await once(old, 'close')
  late.write('Host: localhost\r\n\r\n')
  await closed
  if (!late.closed) await once(late, 'close')
  t.match(came, /^HTTP\/1\.1 200 [^]*connection: close/i)
})

t.test('connections have a bound', async (t) => {
  const { log, lines } = createLogLines()
  const { app } = await buildTestApp(t, { models: false, start: false, log, env: { MAX_CONNECTIONS: '3', RATE_LIMIT_MAX: '0' } })
  const port = await listen(app)
  const sockets = await Promise.all([1, 2, 3].map(() => open(t, port)))
  t.equal(await untilCount(app, 3), 3)
  for (let i = 0; i < 3; i++) t.match(await sendRaw(port, health, { silenceMs: 10_000 }), { ended: true, text: '' }, 'one more is closed without an answer')
  const said = lines.filter((line) => JSON.stringify(line).includes('MAX_CONNECTIONS'))
  t.equal(said.length, 1, 'said once, not with each')
  sockets[0]!.destroy()
  t.equal(await untilCount(app, 2), 2)
  t.match(await sendRaw(port, health), { status: 200 }, 'the next one has its place')
  const unbounded = await buildTestApp(t, { models: false, start: false, env: { MAX_CONNECTIONS: '0' } })
  t.equal(unbounded.app.server.maxConnections, undefined, '0: none')
})

import { rename, writeFile } from 'node:fs/promises'
import { Agent, request, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import tlsRenewal from '../../plugins/tls-renewal.ts'
import { loadConfig } from '../../src/config.ts'
import { readTls } from '../../src/tls/read-tls.ts'
import { makeSelfSignedCertificate } from '../factories/self-signed-certificate.ts'
import { buildTestApp } from '../factories/test-app.ts'

type Pair = ReturnType<typeof makeSelfSignedCertificate>
interface Answer { status: number, body: string, fingerprint: string, socket: TLSSocket }

/** @param ca the certificate that the service must show; @param client what is shown to it */
async function ask (app: FastifyInstance, path: string, { ca, client, agent }: { ca: string, client?: Pair, agent?: Agent }): Promise<Answer> {
  const { port } = app.server.address() as AddressInfo
  return await new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', servername: 'localhost', port, path, ca, agent: agent ?? false, ...client }, (response) => {
      const socket = response.socket as TLSSocket
      const { fingerprint256 } = socket.getPeerCertificate()
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => { body += text }).on('end', () => { resolve({ status: response.statusCode!, body, fingerprint: fingerprint256, socket }) })
    }).on('error', reject).end()
  })
}

async function writePair (dir: string, pair: Pair, names = ['cert.pem', 'key.pem']): Promise<void> {
  await replaceFile(join(dir, names[0]!), pair.cert)
  await replaceFile(join(dir, names[1]!), pair.key)
}

/** As renewers do: written beside, then renamed. */
async function replaceFile (path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
}

async function until (t: Test, isTrue: () => Promise<boolean>, message: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await isTrue()) { t.pass(message); return }
    await sleep(50)
  }
  t.fail(message)
}

t.test('the service speaks HTTPS', async (t) => {
  const dir = t.testdir({})
  const pair = makeSelfSignedCertificate()
  await writePair(dir, pair)
  const { app } = await buildTestApp(t, { models: false, start: false, env: { TLS_CERT: join(dir, 'cert.pem'), TLS_KEY: join(dir, 'key.pem') } })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const health = await ask(app, '/health', { ca: pair.cert })
  t.equal(health.status, 200)
  t.match(JSON.parse(health.body), { status: 'ok' })
  await t.rejects(ask(app, '/health', { ca: makeSelfSignedCertificate().cert }), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'it is the certificate of the file')
})

t.test('a new certificate is taken while the service runs', async (t) => {
  const dir = t.testdir({})
  const [first, second] = [makeSelfSignedCertificate(), makeSelfSignedCertificate()]
  await writePair(dir, first)
  const files = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem'), clientCa: null }
  const warnings: string[] = []
  const log = { level: 'info', info () {}, warn: (...args: unknown[]) => { warnings.push(String(args.at(-1))) }, error () {}, debug () {}, trace () {}, fatal () {}, child: () => log } as never
  const inUse = readTls(files)
  const app = Fastify({ loggerInstance: log, https: inUse }) as unknown as FastifyInstance
  app.get('/', async () => 'here')
  await app.register(tlsRenewal, { files, inUse, everyMs: 20 })
  t.teardown(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.match(warnings, [/ends soon/], 'it is valid for a day')

  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => { agent.destroy() })
  const before = await ask(app, '/', { ca: first.cert, agent })

  await replaceFile(files.cert, second.cert)
  await until(t, async () => warnings.some((text) => text.includes('The old certificate stays in use')), 'half of a pair is not taken')
  t.equal((await ask(app, '/', { ca: first.cert })).fingerprint, before.fingerprint)
  await sleep(100)
  t.equal(warnings.filter((text) => text.includes('stays in use')).length, 1, 'said once')

  await replaceFile(files.key, second.key)
  await until(t, async () => await ask(app, '/', { ca: second.cert }).then(({ status }) => status === 200, () => false), 'new connections get the new one')
  const after = await ask(app, '/', { ca: first.cert, agent })
  t.equal(after.status, 200, 'the open connection goes on')
  t.equal(after.socket, before.socket)
})

t.test('only clients with a certificate', async (t) => {
  const dir = t.testdir({})
  const [own, client, stranger] = [makeSelfSignedCertificate(), makeSelfSignedCertificate(), makeSelfSignedCertificate()]
  await writePair(dir, own)
  await writeFile(join(dir, 'clients.pem'), client.cert)
  const { app } = await buildTestApp(t, { env: { TLS_CERT: join(dir, 'cert.pem'), TLS_KEY: join(dir, 'key.pem'), TLS_CLIENT_CA: join(dir, 'clients.pem') } })
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.equal((await ask(app, '/versions', { ca: own.cert, client })).status, 200)
  for (const [who, pair] of [['nobody', undefined], ['a stranger', stranger]] as const) {
    for (const path of ['/', '/versions', '/metrics', '/openapi.json', '/nowhere']) {
      const refused = await ask(app, path, { ca: own.cert, ...(pair && { client: pair }) })
      t.equal(refused.status, 403, `${who} at ${path}`)
      t.match(JSON.parse(refused.body), { code: 'POSE_ERR_CLIENT_CERTIFICATE' })
    }
    for (const path of ['/health', '/ready', '/live']) t.equal((await ask(app, path, { ca: own.cert, ...(pair && { client: pair }) })).status, 200, `probes have none: ${path}`)
  }
})

t.test('no connection is resumed where clients need a certificate', async (t) => {
  const dir = t.testdir({})
  const [own, client, stranger] = [makeSelfSignedCertificate(), makeSelfSignedCertificate(), makeSelfSignedCertificate()]
  await writePair(dir, own)
  await writeFile(join(dir, 'clients.pem'), client.cert)
  const { app } = await buildTestApp(t, { models: false, start: false, env: { TLS_CERT: join(dir, 'cert.pem'), TLS_KEY: join(dir, 'key.pem'), TLS_CLIENT_CA: join(dir, 'clients.pem') } })
  await app.listen({ host: '127.0.0.1', port: 0 })
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    for (const [who, pair, status] of [['nobody', undefined, 403], ['a stranger', stranger, 403], ['a client', client, 200]] as const) {
      const first = await askRaw(app, { ca: own.cert, maxVersion, ...pair })
      const second = await askRaw(app, { ca: own.cert, maxVersion, ...pair, session: first.session })
      t.match([first.status, second.status, second.isResumed], [status, status, false], `${who}, ${maxVersion}: each certificate is looked at anew`)
    }
  }

  const before = await askRaw(app, { ca: own.cert, ...client })
  ;(app.server as unknown as Server).setSecureContext(readTls({ cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem'), clientCa: join(dir, 'cert.pem') }))
  const after = await askRaw(app, { ca: own.cert, ...client, session: before.session })
  t.match([after.status, after.isResumed], [403, false], 'also after a new TLS_CLIENT_CA')
})

/** One connection by hand: the agent of node:https keeps its sessions to itself. */
async function askRaw (app: FastifyInstance, options: { ca: string, cert?: string, key?: string, maxVersion?: 'TLSv1.2' | 'TLSv1.3', session?: Buffer | undefined }): Promise<{ status: number, isResumed: boolean, session: Buffer | undefined }> {
  const { port } = app.server.address() as AddressInfo
  return await new Promise((resolve, reject) => {
    let session: Buffer | undefined
    let text = ''
    const socket = connect({ host: '127.0.0.1', servername: 'localhost', port, ...options })
    socket.setEncoding('latin1').on('data', (part: string) => { text += part }).on('session', (given: Buffer) => { session = given }).on('error', reject)
      .on('end', () => { resolve({ status: Number(text.split(' ')[1]), isResumed: socket.isSessionReused(), session }) })
      .write('GET /label-config?preset=body17 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  })
}

t.test('files that cannot be used stop the start with a sentence', async (t) => {
  const dir = t.testdir({ 'no.pem': 'hello' })
  await writePair(dir, makeSelfSignedCertificate())
  await writePair(dir, makeSelfSignedCertificate(), ['other.pem', 'other-key.pem'])
  const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')]
  t.throws(() => loadConfig({ TLS_CERT: cert }), { message: /^TLS_KEY is not set: HTTPS needs/ })
  t.throws(() => loadConfig({ TLS_KEY: key, TLS_CLIENT_CA: cert }), { message: /^TLS_CERT is not set/ })
  t.throws(() => readTls({ cert: join(dir, 'gone.pem'), key, clientCa: null }), { name: 'ConfigError', message: /^TLS_CERT=.*gone\.pem cannot be read \(ENOENT\)/ })
  t.throws(() => readTls({ cert: join(dir, 'no.pem'), key, clientCa: null }), { message: /holds no certificate/ })
  t.throws(() => readTls({ cert, key: join(dir, 'other-key.pem'), clientCa: null }), { message: /cannot be used together/ })
  t.throws(() => readTls({ cert, key, clientCa: key }), { message: /^TLS_CLIENT_CA=.*holds no certificate/ })
})

/** deploy/nginx/balancer as it is, with the certificates of deploy/certificates/make.sh. */
import { cp, readFile, rm } from 'node:fs/promises'
import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import { createServer, request, type RequestOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import { checkBudgetMs } from '../../src/check/run-checks.ts'
import { loadConfig } from '../../src/config.ts'
import { qualityBudgetMs } from '../../src/quality/project-quality.ts'
import { makeDeployCertificates, replicaTls } from '../factories/deploy-certificates.ts'
import { freePort } from '../factories/free-port.ts'
import { lacksNginx, startNginx } from '../factories/nginx.ts'
import { makeSelfSignedCertificate } from '../factories/self-signed-certificate.ts'
import { drawnTask } from '../factories/task.ts'
import { buildTestApp } from '../factories/test-app.ts'

const skip = lacksNginx()

interface Reply { status: number, phrase: string, headers: IncomingHttpHeaders, body: string, fingerprint: string }
type Options = RequestOptions & { body?: string }

let made: Promise<string> | null = null

/** A folder with certificates, which are made once for all tests that do not change them. */
async function folderWithCertificates (test: Test): Promise<string> {
  made ??= (async () => {
    const dir = t.testdir({})
    await makeDeployCertificates(dir)
    return dir
  })()
  const dir = test.testdir({})
  await cp(join(await made, 'certificates'), join(dir, 'certificates'), { recursive: true })
  return dir
}

/** A caller that trusts the authority in `dir` and no other. */
async function createCaller (dir: string, port: number) {
  const ca = await readFile(join(dir, 'certificates/trust/authority.pem'))
  return async (path: string, { body, ...options }: Options = {}): Promise<Reply> => await new Promise((resolve, reject) => {
    const headers = { ...(body !== undefined && { 'content-type': 'application/json' }), ...options.headers }
    request({ host: '127.0.0.1', port, path, ca, servername: 'ml-backend.internal', method: body === undefined ? 'GET' : 'POST', agent: false, ...options, headers }, (response) => {
      const { fingerprint256: fingerprint } = (response.socket as TLSSocket).getPeerCertificate()
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk }).on('error', reject).on('end', () => {
        resolve({ status: response.statusCode!, phrase: response.statusMessage!, headers: response.headers, body: text, fingerprint })
      })
    }).on('error', reject).end(body)
  })
}

interface StandIn { port: number, seen: Array<{ url: string, headers: IncomingHttpHeaders, bytes: number, hasCertificate: boolean }> }

/** Speaks HTTPS as a replica does, and answers as a test says once the whole body has come. */
async function startStandIn (t: Test, dir: string, answer: RequestListener, part = 'replica'): Promise<StandIn> {
  const [cert, key, ca] = await Promise.all(['certificate.pem', 'key.pem', 'authority.pem'].map((name) => readFile(join(dir, 'certificates', part, name))))
  const seen: StandIn['seen'] = []
  const server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    let bytes = 0
    request.on('data', (chunk: Buffer) => { bytes += chunk.length }).on('end', () => {
      seen.push({ url: request.url!, headers: request.headers, bytes, hasCertificate: (request.socket as TLSSocket).authorized })
      answer(request, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => { server.closeAllConnections(); server.close() })
  return { port: (server.address() as AddressInfo).port, seen }
}

const well: RequestListener = (_request, response) => { response.writeHead(200, { 'content-type': 'application/json' }).end('{}') }
const busy: RequestListener = (_request, response) => { response.writeHead(503, 'Too much to do').end('{}') }
const dying: RequestListener = (request) => { request.socket.destroy() }

t.test('replicas behind the balancer', { skip }, async (t) => {
  const dir = await folderWithCertificates(t)
  const replicas = await Promise.all([1, 2].map(() => buildTestApp(t, { env: { ...replicaTls(dir), TRUST_PROXY: '127.0.0.1' } })))
  const ports = await Promise.all(replicas.map(async ({ app }) => {
    await app.listen({ host: '127.0.0.1', port: 0 })
    return (app.server.address() as AddressInfo).port
  }))
  const { port, log, errors } = await startNginx(t, 'balancer', { dir, ports })
  const call = await createCaller(dir, port)

  await t.test('predict, encrypted all the way', async (t) => {
    const answers = await Promise.all([1, 2, 3, 4].map(async (id) => await call('/predict', { body: JSON.stringify({ tasks: [await drawnTask(id, { figures: [0.5], width: 300 + id })] }) })))
    for (const { status, body } of answers) {
      t.equal(status, 200)
      t.equal((JSON.parse(body) as { results: object[] }).results.length, 1)
    }
    t.equal(new Set((await log()).map(({ servers }) => servers)).size, 2, 'by both replicas')
    t.equal((await call('/health')).status, 200)
    t.match(await call('/jobs'), { status: 403, body: /API_TOKEN/ }, 'a caller of the balancer is none of this machine')
  })

  await t.test('nobody else is answered', async (t) => {
    t.match(await call('/predict', { port: ports[0]!, servername: 'replica.internal', body: '{}' }), { status: 403, body: /CLIENT_CERTIFICATE/ }, 'a replica wants the certificate of the balancer')
    await t.rejects(call('/health', { ca: makeSelfSignedCertificate().cert }), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, 'who trusts another authority trusts none of ours')
    await t.rejects(call('/health', { servername: 'other.internal' }), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  })

  await t.test('metrics are for Prometheus alone', async (t) => {
    for (const path of ['/metrics', '/metrics/', '//metrics', '/%6detrics', '/x/../metrics', '/metrics?x', '/./metrics//']) t.equal((await call(path)).status, 404, path)
    t.match(await call('/metrics', { port: ports[0]!, servername: 'replica.internal' }), { status: 403 })
    const [cert, key] = await Promise.all(['certificate.pem', 'key.pem'].map((name) => readFile(join(dir, 'certificates/prometheus', name))))
    t.match(await call('/metrics', { port: ports[0]!, servername: 'replica.internal', cert, key }), { status: 200, body: /rtmpose_ready 1/ })
  })

  await t.test('both are stopped and started again, one after the other, under load', async (t) => {
    const over = new AbortController()
    const statuses: number[] = []
    const clients = [1, 2, 3].map(async (client) => {
      for (let round = 0; !over.signal.aborted; round++) {
        const { status, body } = await call('/predict', { body: JSON.stringify({ tasks: [await drawnTask(round, { figures: [0.5], width: 200 + 50 * client + round % 50 })] }) })
        statuses.push(status)
        t.notMatch(body, /"code"/)
        t.equal((await call('/setup', { body: JSON.stringify({ project: '1.1', schema: '<View/>' }) })).status, 200)
        t.equal((await call('/webhook', { body: JSON.stringify({ action: 'ANNOTATION_CREATED', project: { id: 3 } }) })).status, 201)
      }
    })
    for (const [index, replica] of replicas.entries()) {
      await sleep(300)
      await replica.app.close()
      const next = await buildTestApp(t, { env: { ...replicaTls(dir), TRUST_PROXY: '127.0.0.1' }, start: false })
      await next.app.listen({ host: '127.0.0.1', port: ports[index]! })
      await next.service.start()
    }
    await sleep(300)
    over.abort()
    await Promise.all(clients)
    t.ok(statuses.length > 10, `${statuses.length} predictions`)
    t.ok(statuses.every((status) => status === 200))
    t.ok((await log()).some(({ servers }) => servers.includes(',')), 'some were given to the other one')
  })

  t.notMatch(await errors(), /emerg|alert|crit/)
})

t.test('who is asked twice', { skip }, async (t) => {
  const dir = await folderWithCertificates(t)
  // Which of them is asked first is for least_conn to say: the first two answers decide, whoever gives them.
  let faults: RequestListener[] = []
  const answer: RequestListener = (request, response) => { (faults.shift() ?? well)(request, response) }
  const replicas = await Promise.all([1, 2, 3].map(() => startStandIn(t, dir, answer)))
  const { port, log } = await startNginx(t, 'balancer', { dir, ports: replicas.map((replica) => replica.port) })
  const call = await createCaller(dir, port)
  const countOf = (path: string) => replicas.flatMap(({ seen }) => seen).filter(({ url }) => url === path).length

  for (const [path, tries] of [['/predict', 2], ['/predict/', 2], ['/setup', 3]] as const) {
    for (const [name, fault] of Object.entries({ busy, dying })) {
      const before = countOf(path)
      faults = Array.from({ length: tries - 1 }, () => fault)
      t.equal((await call(path, { body: '{}' })).status, 200, `${path}: ${tries - 1} of three ${name}, another one answers`)
      t.equal(countOf(path) - before, tries)
    }
  }

  // A picture that ends whoever estimates it.
  const before = countOf('/predict')
  faults = [dying, dying, dying]
  t.equal((await call('/predict', { body: '{}' })).status, 502)
  t.equal(countOf('/predict') - before, 2, 'one replica is left')
  faults = []

  // More than stays in memory.
  faults = [dying]
  const body = 'x'.repeat(1_500_000)
  t.equal((await call('/predict?large', { body })).status, 200)
  t.strictSame(replicas.flatMap(({ seen }) => seen).filter(({ url }) => url === '/predict?large').map(({ bytes }) => bytes), [1_500_000, 1_500_000], 'a large body is sent anew, whole')

  faults = [busy, busy]
  t.match(await call('/predict', { body: '{}' }), { status: 503, phrase: 'Too much to do' }, 'when all have enough to do, their own sentence comes through')
  t.equal((await call('/predict', { body: '{}' })).status, 200, 'and none of them is left out afterwards')

  for (const path of ['/webhook', '/fit', '/jobs', '/jobs/1/cancel', '/playground/export']) {
    faults = [dying, dying]
    t.equal((await call(path, { body: '{}' })).status, 502, path)
    t.equal(countOf(path), 1, `${path} is sent once`)
    faults = [busy]
    t.match(await call(path, { body: '{}' }), { status: 503, phrase: 'Too much to do' })
    t.equal(countOf(path), 2)
  }

  faults = [busy, busy]
  t.equal((await call('/health')).status, 200)
  t.ok(replicas.flatMap(({ seen }) => seen).every(({ hasCertificate }) => hasCertificate), 'the balancer shows its certificate')
  t.match((await log())[0], { path: '/predict', status: 200, statuses: '503, 200' })
})

t.test('one that is gone, and one that hangs', { skip }, async (t) => {
  const dir = await folderWithCertificates(t)
  let isHanging = false
  const replica = await startStandIn(t, dir, well)
  const slow = await startStandIn(t, dir, (request, response) => { if (!isHanging) well(request, response) })
  const { port } = await startNginx(t, 'balancer', { dir, ports: [replica.port, slow.port, await freePort()] })
  const call = await createCaller(dir, port)
  for (let i = 0; i < 6; i++) t.equal((await call('/webhook', { body: '{}' })).status, 200, 'nothing was sent to the one that refuses the connection')
  isHanging = true
  for (let i = 0; i < 4; i++) {
    const begun = performance.now()
    t.equal((await call('/health')).status, 200)
    t.ok(performance.now() - begun < 950, 'Label Studio waits one second')
  }
})

t.test('what takes its whole time', { skip }, async (t) => {
  const dir = await folderWithCertificates(t)
  const haste = 30
  const longest = { '/predict': loadConfig({}).requestBudgetMs, '/check': checkBudgetMs, '/projects/3/quality': qualityBudgetMs, '/projects/3/quality/': qualityBudgetMs }
  const answer: RequestListener = (request, response) => {
    const { pathname, search } = new URL(request.url!, 'https://replica.internal')
    if (search !== '?silent') setTimeout(() => { well(request, response) }, longest[pathname as keyof typeof longest] / haste)
  }
  const replicas = await Promise.all([1, 2].map(() => startStandIn(t, dir, answer)))
  const { port, log } = await startNginx(t, 'balancer', { dir, ports: [...replicas.map((replica) => replica.port), await freePort()], haste })
  const call = await createCaller(dir, port)
  await Promise.all(Object.keys(longest).map(async (path) => {
    const body = path === '/predict' ? { body: '{}' } : {}
    const [slow, silent] = await Promise.all([call(path, body), call(`${path}?silent`, body)])
    t.equal(slow.status, 200, `${path} is waited for`)
    t.equal(silent.status, 504, `${path}: not without end`)
    for (const url of [path, `${path}?silent`]) t.equal(replicas.flatMap(({ seen }) => seen).filter((request) => request.url === url).length, 1, `${url} is sent once`)
  }))
  t.ok((await log()).some(({ path, status, servers }) => path !== '/predict' && status === 200 && servers.includes(',')), 'the third one refuses the connection, which costs no answer')
})

t.test('what is handed on, and what is not', { skip }, async (t) => {
  const dir = await folderWithCertificates(t)
  let finish = () => {}
  const replica = await startStandIn(t, dir, (request, response) => {
    if (!request.url!.endsWith('/events')) { well(request, response); return }
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
    finish = () => { response.end() }
  })
  const { port } = await startNginx(t, 'balancer', { dir, ports: [replica.port] })
  const call = await createCaller(dir, port)

  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  await call('/predict', { body: '{}', headers: { 'x-forwarded-for': '203.0.113.9', 'x-request-id': 'given-1', traceparent, authorization: 'Basic eDp5', host: 'ml-backend.internal:9090' } })
  t.match(replica.seen.at(-1)?.headers, { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https', 'x-request-id': 'given-1', traceparent, authorization: 'Basic eDp5', host: 'ml-backend.internal:9090' },
    'the address is the one that nginx sees, whatever the caller says')
  await call('/setup', { body: '{}' })
  t.match(replica.seen.at(-1)?.headers['x-request-id'], /^[0-9a-f]{32}$/, 'an id for what came without')

  for (const [path, bytes, status] of [['/predict', 90 * 1024 * 1024 + 1, 413], ['/webhook', 90 * 1024 * 1024 + 1, 413], ['/jobs', 1024 * 1024 + 1, 413]] as const) {
    t.equal((await call(path, { method: 'POST', headers: { 'content-length': bytes, expect: '100-continue' } })).status, status, `${path} of ${bytes} bytes`)
  }
  t.equal((await call('/jobs', { body: 'x'.repeat(1024 * 1024) })).status, 200)

  const ca = await readFile(join(dir, 'certificates/trust/authority.pem'))
  await new Promise<void>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/jobs/1/events', ca, servername: 'ml-backend.internal', agent: false }, (response) => {
      response.once('data', (chunk: Buffer) => {
        t.equal(chunk.toString(), 'data: 1\n\n', 'a line comes before the answer is at its end')
        finish()
      }).on('end', resolve)
    }).on('error', reject).end()
  })
})

t.test('a replica that is none', { skip }, async (t) => {
  const dir = t.testdir({ ours: {}, theirs: {} })
  const [ours, theirs] = [join(dir, 'ours'), join(dir, 'theirs')]
  await Promise.all([makeDeployCertificates(ours), makeDeployCertificates(theirs)])
  for (const { from, part, complaint } of [
    { from: ours, part: 'redis', complaint: /upstream SSL certificate does not match "replica.internal"/ },
    { from: theirs, part: 'replica', complaint: /upstream SSL certificate verify error/ }
  ]) {
    const stranger = await startStandIn(t, from, well, part)
    const { port, errors } = await startNginx(t, 'balancer', { dir: ours, ports: [stranger.port] })
    const call = await createCaller(ours, port)
    t.equal((await call('/predict', { body: '{}' })).status, 502)
    t.equal(stranger.seen.length, 0, 'it has been told nothing')
    t.match(await errors(), complaint)
  }
})

t.test('a renewed certificate is taken while requests are under way', { skip }, async (t) => {
  const dir = await folderWithCertificates(t)
  let isAsked = () => {}
  const asked = new Promise<void>((resolve) => { isAsked = resolve })
  let finish = () => {}
  const replica = await startStandIn(t, dir, (request, response) => {
    if (request.url !== '/predict?long') { well(request, response); return }
    finish = () => { well(request, response) }
    isAsked()
  })
  const { port, errors } = await startNginx(t, 'balancer', { dir, ports: [replica.port], lookSeconds: 0.2 })
  const call = await createCaller(dir, port)
  const { fingerprint } = await call('/health')
  const long = call('/predict?long', { body: '{}' })
  await asked
  await rm(join(dir, 'certificates/balancer/certificate.pem'))
  t.match(await makeDeployCertificates(dir), /^balancer: made, there was none\n$/)
  for (let tries = 0; tries < 100 && (await call('/health')).fingerprint === fingerprint; tries++) await sleep(100)
  t.not((await call('/health')).fingerprint, fingerprint)
  finish()
  t.equal((await long).status, 200)
  t.notMatch(await errors(), /alert|crit/)
})

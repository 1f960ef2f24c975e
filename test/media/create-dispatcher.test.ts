import { BlockList } from 'node:net'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { createDispatcher } from '../../src/media/create-dispatcher.ts'
import { startLocalServer, type Answer } from '../factories/local-server.ts'
import { resolveNames } from '../factories/resolve-names.ts'
import { makeSelfSignedCertificate } from '../factories/self-signed-certificate.ts'

const certificate = makeSelfSignedCertificate()
const fine: Answer = (_request, response) => { response.end('picture') }

function makeGet (t: Test, allowedOrigins: string[], options: { maxBytes?: number } = {}) {
  const dispatcher = createDispatcher({ allowedOrigins: new Set(allowedOrigins), maxBytes: 1000, timeoutMs: 2000, ...options })
  t.teardown(() => dispatcher.destroy())
  return async (url: string) => {
    const { body } = await request(url, { dispatcher })
    return await body.text()
  }
}

// How private addresses are written, and named, stands in test/hostile/forbidden-addresses.ts.
t.test('a name that nobody knows', async (t) => {
  resolveNames(t, {})
  await t.rejects(makeGet(t, [])('http://unknown.example/'), { code: 'ENOTFOUND' })
})

t.test('should resolution be fooled, the connected socket decides, before a byte is sent', async (t) => {
  const plain = await startLocalServer(t, fine)
  const tls = await startLocalServer(t, fine, certificate)
  resolveNames(t, { 'rebinding.test': ['127.0.0.1'] })
  // The address passes while the name is resolved and is known for what it is afterwards.
  let checks = 0
  const { check } = BlockList.prototype
  t.intercept(BlockList.prototype, 'check', { value: function (this: BlockList, ...parameters: Parameters<BlockList['check']>) { return ++checks % 2 === 0 && check.apply(this, parameters) } })
  const get = makeGet(t, [])
  await t.rejects(get(`http://rebinding.test:${plain.port}/`), { code: 'POSE_ERR_SOURCE_REFUSED' })
  await t.rejects(get(`https://rebinding.test:${tls.port}/`), { code: 'POSE_ERR_SOURCE_REFUSED' })
  t.same([plain.connections, tls.connections], [{ opened: 1, bytes: 0 }, { opened: 1, bytes: 0 }])
})

t.test('only the public addresses of a name are tried', async (t) => {
  const server = await startLocalServer(t, fine)
  // 127.0.0.1 plays the public address here, 127.0.0.2 the private one: the server would answer on both.
  resolveNames(t, { 'mixed.test': ['127.0.0.2', '127.0.0.1'] })
  const asked: string[] = []
  t.intercept(BlockList.prototype, 'check', { value: (address: string) => { asked.push(address); return address !== '127.0.0.1' } })
  t.equal(await makeGet(t, [])(`http://mixed.test:${server.port}/`), 'picture')
  t.same(asked, ['127.0.0.2', '127.0.0.1', '127.0.0.1'], 'both when resolved, the peer when connected')
})

t.test('an allowed origin opens neither the next port, nor another name, nor the other scheme', async (t) => {
  const allowed = await startLocalServer(t, fine)
  const next = await startLocalServer(t, fine)
  const get = makeGet(t, [allowed.origin, `https://127.0.0.1:${next.port}`, `http://localhost:${next.port}`])
  t.equal(await get(`${allowed.origin}/x.jpg`), 'picture')
  for (const url of [`${next.origin}/x.jpg`, `http://localhost:${allowed.port}/`, `http://127.1.1.1:${allowed.port}/`, `https://127.0.0.1:${allowed.port}/`]) {
    await t.rejects(get(url), { code: 'POSE_ERR_SOURCE_REFUSED' }, url)
  }
  t.equal(await get(`http://2130706433:${allowed.port}/`), 'picture', 'the same origin in other letters')
  t.equal(await get(`http://localhost:${next.port}/`), 'picture')
  await t.rejects(get(`${next.origin}/x.jpg`), { code: 'POSE_ERR_SOURCE_REFUSED' }, 'a connection that is open for another name is not shared')
  t.same([allowed.connections.opened, next.connections.opened], [1, 1])
})

t.test('default ports belong to the origin', async (t) => {
  const get = makeGet(t, ['http://127.0.0.1', 'https://127.0.0.1:9'])
  await t.rejects(get('http://127.0.0.1:9/'), { code: 'POSE_ERR_SOURCE_REFUSED' })
  await t.rejects(get('https://127.0.0.1/'), { code: 'POSE_ERR_SOURCE_REFUSED' })
  await t.rejects(get('https://127.0.0.1:9/'), { code: 'ECONNREFUSED' }, 'allowed; nothing listens there')
})

t.test('four connections per origin, kept for the next picture', async (t) => {
  let busy = 0
  let most = 0
  const server = await startLocalServer(t, (_request, response) => {
    most = Math.max(most, ++busy)
    setTimeout(() => { busy--; response.end('picture') }, 10)
  })
  const get = makeGet(t, [server.origin])
  await Promise.all(Array.from({ length: 20 }, () => get(server.origin)))
  t.equal(most, 4)
  t.equal(server.connections.opened, 4)
})

t.test('bodies end at the bound, announced or not', async (t) => {
  const server = await startLocalServer(t, (request, response) => {
    if (request.url === '/announced') response.setHeader('content-length', 1001)
    response.end(Buffer.alloc(1001))
  })
  const get = makeGet(t, [server.origin])
  for (const path of ['/announced', '/chunked']) {
    await t.rejects(get(server.origin + path), { code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE' }, path)
  }
  t.equal((await makeGet(t, [server.origin], { maxBytes: 1001 })(server.origin)).length, 1001)
})

t.test('no clock of its own runs beside the time limit while a server is silent', async (t) => {
  const server = await startLocalServer(t, () => {})
  const dispatcher = createDispatcher({ allowedOrigins: new Set([server.origin]), maxBytes: 1000, timeoutMs: 200 })
  t.teardown(() => dispatcher.destroy())
  const limit = new Error('the time limit')
  const controller = new AbortController()
  const timer = setTimeout(() => { controller.abort(limit) }, 1500)
  t.teardown(() => { clearTimeout(timer) })
  await t.rejects(request(server.origin, { dispatcher, signal: controller.signal }), limit)
})

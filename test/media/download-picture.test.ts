import type { IncomingMessage, ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import t, { type Test } from 'tap'
import { createPoseError } from '../../src/errors.ts'
import { createAccessToken } from '../../src/label-studio/access-token.ts'
import type { PictureLoaderOptions } from '../../src/media/create-picture-loader.ts'
import { createDispatcher } from '../../src/media/create-dispatcher.ts'
import { requestPicture } from '../../src/media/request-picture.ts'
import { createTimeLimit } from '../../src/media/time-limit.ts'
import { startLocalServer, type Answer } from '../factories/local-server.ts'
import { makePictureLoader } from '../factories/picture-loader.ts'
import { seededBytes } from '../factories/seeded-bytes.ts'

const bytes = seededBytes(90_000)
const send: Answer = (_request, response) => { response.end(bytes) }
const redirectTo = (location: string, status = 302) => (_request: IncomingMessage, response: ServerResponse) => { response.writeHead(status, { location }).end('moved') }
const basicAuth = { user: 'me', password: 'pä:ss' }
const basicHeader = `Basic ${Buffer.from('me:pä:ss').toString('base64')}`
const token = 'Token 0123456789abcdef'

/** A server whose origin is named, and a loader. */
async function start (t: Test, answer: Answer, options: Partial<PictureLoaderOptions> = {}) {
  const server = await startLocalServer(t, answer)
  return { server, url: `${server.origin}/x.jpg`, ...makePictureLoader(t, { imageOrigins: [server.origin], ...options }) }
}

t.test('the bytes, in a buffer of their own', async (t) => {
  for (const [name, answer] of Object.entries<Answer>({
    announced: (_request, response) => { response.writeHead(200, { 'content-length': bytes.length }).end(bytes) },
    chunked: (_request, response) => { response.write(bytes.subarray(0, 1)); response.write(bytes.subarray(1, 70_000)); response.end(bytes.subarray(70_000)) },
    'until the end of the connection': (_request, response) => { response.useChunkedEncodingByDefault = false; response.shouldKeepAlive = false; response.write(bytes); response.end() }
  })) {
    const { load, url, server } = await start(t, answer)
    const picture = await load(url)
    t.equal(Buffer.compare(picture, bytes), 0, name)
    t.equal(picture.buffer.byteLength, bytes.length)
    t.match(server.requests[0]?.headers, { 'accept-encoding': 'identity', authorization: undefined, 'user-agent': 'label-studio-rtmpose' })
  }
})

t.test('what the status says', async (t) => {
  const cases = [
    [401, 'SOURCE_DENIED', 1], [403, 'SOURCE_DENIED', 1], [404, 'SOURCE_NOT_FOUND', 1], [410, 'SOURCE_NOT_FOUND', 1],
    [400, 'SOURCE_FAILED', 1], [204, 'SOURCE_FAILED', 1], [206, 'SOURCE_FAILED', 1], [304, 'SOURCE_FAILED', 1], [302, 'SOURCE_FAILED', 1],
    [500, 'SOURCE_FAILED', 3], [503, 'SOURCE_FAILED', 3], [429, 'SOURCE_FAILED', 3], [408, 'SOURCE_FAILED', 3]
  ] as const
  await Promise.all(cases.map(async ([status, name, requests]) => {
    const { load, url, server } = await start(t, (_request, response) => { response.writeHead(status).end() })
    await t.rejects(load(url), { code: `POSE_ERR_${name}`, message: new RegExp(`/x.jpg answered ${status}`) })
    t.equal(server.requests.length, requests, `${status}: asked ${requests} times`)
  }))
})

t.test('a passing failure is met with another try', async (t) => {
  const cut: Answer = (_request, response) => { response.writeHead(200, { 'content-length': bytes.length }); response.write(bytes.subarray(0, 1000), () => response.destroy()) }
  const failures: Record<string, Answer> = {
    503: (_request, response) => { response.writeHead(503).end('busy') },
    'a broken connection': (request) => { request.socket.destroy() },
    'a body that ends early': cut,
    'a chunked body that ends early': (_request, response) => { response.write(bytes.subarray(0, 1000), () => response.destroy()) },
    'garbage on the line': (request) => { request.socket.end('garbage\r\n\r\n') },
    'a pause that was asked for': (_request, response) => { response.writeHead(429, { 'retry-after': '0' }).end() },
    'a pause up to a date': (_request, response) => { response.writeHead(503, { 'retry-after': new Date().toUTCString() }).end() }
  }
  await Promise.all(Object.entries(failures).map(async ([name, failure]) => {
    const { load, url, server } = await start(t, (request, response, count) => count <= 2 ? failure(request, response, count) : send(request, response, count))
    t.equal(Buffer.compare(await load(url), bytes), 0, name)
    t.equal(server.requests.length, 3)
  }))
  const { load, url, server } = await start(t, cut)
  await t.rejects(load(url), { code: 'POSE_ERR_SOURCE_FAILED', message: /the connection broke/ })
  t.equal(server.requests.length, 3, 'two more tries, no more')
})

t.test('a long pause is not waited for', async (t) => {
  for (const after of ['3600', new Date(Date.now() + 60_000).toUTCString()]) {
    const { load, url, server } = await start(t, (_request, response) => { response.writeHead(429, { 'retry-after': after }).end() })
    await t.rejects(load(url), { code: 'POSE_ERR_SOURCE_FAILED', message: /answered 429/ })
    t.equal(server.requests.length, 1)
  }
  const short = await start(t, (_request, response) => { response.writeHead(503).end() }, { timeoutMs: 140 })
  await t.rejects(short.load(short.url), { code: 'POSE_ERR_SOURCE_FAILED', message: /answered 503/ }, 'nor one beyond the time limit, which would hide the cause')
})

t.test('nothing listens there', async (t) => {
  const { load } = makePictureLoader(t, { imageOrigins: ['http://127.0.0.1:9'] })
  await t.rejects(load('http://127.0.0.1:9/x.jpg'), { code: 'POSE_ERR_SOURCE_FAILED', message: /http:\/\/127\.0\.0\.1:9\/x\.jpg: nothing listens there/ })
})

t.test('the size bound', async (t) => {
  let sent = 0
  const endless: Answer = (_request, response) => {
    const push = () => { while (!response.destroyed && response.write(bytes)) sent += bytes.length }
    response.on('drain', push)
    push()
  }
  const announced = await start(t, (_request, response) => { response.writeHead(200, { 'content-length': 10 ** 12 }); response.flushHeaders() })
  await t.rejects(announced.load(announced.url), { code: 'POSE_ERR_IMAGE_TOO_MANY_BYTES', message: /953674\.317 MB, allowed are/ }, 'announced: before a byte of it came')
  const chunked = await start(t, endless)
  await t.rejects(chunked.load(chunked.url), { code: 'POSE_ERR_IMAGE_TOO_MANY_BYTES' })
  t.ok(sent < 100_000_000, 'the connection was ended')
  t.same([announced.server.requests.length, chunked.server.requests.length], [1, 1], 'no second try')
  const exact = await start(t, send, { maxBytes: bytes.length })
  t.equal((await exact.load(exact.url)).byteLength, bytes.length)
})

t.test('what is no picture', async (t) => {
  for (const [headers, name] of [
    [{ 'content-type': 'text/html; charset=utf-8' }, 'SOURCE_DENIED'],
    [{ 'content-type': 'TEXT/HTML' }, 'SOURCE_DENIED'],
    [{ 'content-type': 'application/xhtml+xml' }, 'SOURCE_DENIED'],
    [{ 'content-encoding': 'gzip' }, 'SOURCE_FAILED']
  ] as const) {
    const { load, url } = await start(t, (_request, response) => { response.writeHead(200, headers).end('<html>log in') })
    await t.rejects(load(url), { code: `POSE_ERR_${name}` }, JSON.stringify(headers))
  }
  const empty = await start(t, (_request, response) => { response.end() })
  await t.rejects(empty.load(empty.url), { code: 'POSE_ERR_IMAGE_UNREADABLE' })
  const typed = await start(t, (_request, response) => { response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'identity' }).end(bytes) })
  t.equal((await typed.load(typed.url)).byteLength, bytes.length, 'other wrong types are for the decoder to judge')
})

t.test('redirects are followed, at most five', async (t) => {
  const { load, server } = await start(t, (request, response, count) => {
    const left = Number(request.url?.slice(1))
    if (left === 0) return send(request, response, count)
    redirectTo(left % 2 === 0 ? `/${left - 1}` : `${server.origin}/${left - 1}`, [301, 302, 303, 307, 308][left % 5])(request, response)
  })
  t.equal((await load(`${server.origin}/5`)).byteLength, bytes.length)
  server.requests.length = 0
  await t.rejects(load(`${server.origin}/6`), { code: 'POSE_ERR_SOURCE_FAILED', message: /more than 5 redirects/ })
  t.equal(server.requests.length, 6)
})

t.test('redirects to what is no address', async (t) => {
  for (const location of ['file:///etc/passwd', 'data:image/png;base64,AAAA', 'ftp://host/x.jpg', 'http://[::1', 'https://host:99999/']) {
    const { load, url } = await start(t, redirectTo(location))
    await t.rejects(load(url), { code: 'POSE_ERR_SOURCE_UNSUPPORTED' }, location)
  }
})

t.test('every redirect is checked anew', async (t) => {
  const inside = await startLocalServer(t, send)
  for (const location of [inside.origin, `http://localhost:${inside.port}`, `http://2130706433:${inside.port}`, `http://[::ffff:127.0.0.1]:${inside.port}`, `//127.0.0.1:${inside.port}/`, 'http://169.254.169.254/latest/meta-data/']) {
    const { load, url, server } = await start(t, redirectTo(location))
    await t.rejects(load(url), { code: 'POSE_ERR_SOURCE_REFUSED' }, location)
    t.equal(server.requests.length, 1, 'no second try')
  }
  t.equal(inside.connections.opened, 0)
})

t.test('credentials stay with the first origin', async (t) => {
  const other = await startLocalServer(t, (request, response, count) => request.url === '/back' ? redirectTo(`${server.origin}/end`)(request, response) : send(request, response, count))
  const server = await startLocalServer(t, (request, response, count) => {
    switch (request.url) {
      case '/same': return redirectTo('/end')(request, response)
      case '/other': return redirectTo(`${other.origin}/end`)(request, response)
      case '/there-and-back': return redirectTo(`${other.origin}/back`)(request, response)
      default: return send(request, response, count)
    }
  })
  const { load } = makePictureLoader(t, { imageOrigins: [server.origin, other.origin] })
  const sentWith = async (path: string, options?: Parameters<typeof load>[1]) => {
    server.requests.length = other.requests.length = 0
    await load(path.startsWith('http') ? path : server.origin + path, options)
    return [...server.requests, ...other.requests].map(({ url, headers }) => `${url} ${headers.authorization ?? '-'}`)
  }
  t.same(await sentWith('/end'), ['/end -'])
  t.same(await sentWith('/end', { basicAuth }), [`/end ${basicHeader}`])
  t.same(await sentWith('/same', { basicAuth }), [`/same ${basicHeader}`, `/end ${basicHeader}`])
  t.same(await sentWith('/other', { basicAuth }), [`/other ${basicHeader}`, '/end -'])
  t.same(await sentWith('/there-and-back', { basicAuth }), [`/there-and-back ${basicHeader}`, '/end -', '/back -'])
  const named = `http://me:p%C3%A4%3Ass@127.0.0.1:${server.port}`
  t.same(await sentWith(`${named}/other`), [`/other ${basicHeader}`, '/end -'], 'credentials in the address')
  t.same(await sentWith(`${named}/end`, { basicAuth: { user: 'other', password: 'one' } }), [`/end ${basicHeader}`], 'win over those of the project')
})

t.test('Label Studio\'s token goes to Label Studio, the project\'s credentials do not', async (t) => {
  const other = await startLocalServer(t, (request, response, count) => request.url === '/to-label-studio' ? redirectTo(`${server.origin}/data/end`)(request, response) : send(request, response, count))
  const server = await startLocalServer(t, (request, response, count) => request.url === '/data/signed' ? redirectTo(`${other.origin}/end?signature=x`, 303)(request, response) : send(request, response, count))
  const labelStudioAuth = { header: async () => token, renew: async () => {} }
  const { load } = makePictureLoader(t, { labelStudioUrl: server.origin, labelStudioAuth, imageOrigins: [other.origin] })
  await load('/data/signed', { basicAuth })
  await load(`${server.origin}/data/x.jpg`, { basicAuth })
  t.same(server.requests.map(({ headers }) => headers.authorization), [token, token])
  await load(`${other.origin}/x.jpg`)
  await load(`${other.origin}/to-label-studio`)
  t.same(other.requests.map(({ headers }) => headers.authorization), [undefined, undefined, undefined])
  t.equal(server.requests.at(-1)?.headers.authorization, undefined, 'another server cannot make us use the token')
})

t.test('a foreign address gets no token, even where a plan takes it for Label Studio\'s', async (t) => {
  const foreign = await startLocalServer(t, send)
  const dispatcher = createDispatcher({ allowedOrigins: new Set([foreign.origin]), maxBytes: bytes.length, timeoutMs: 5000 })
  const limit = createTimeLimit(new AbortController().signal, 5000, 'x.jpg')
  t.teardown(async () => {
    limit.end()
    await dispatcher.destroy()
  })
  const labelStudioAuth = { header: async () => token, renew: async () => {} }
  const tools = { dispatcher, labelStudioAuth, labelStudioOrigin: 'http://127.0.0.1:9', traceHeaders: () => ({ traceparent: 'ours' }), maxBytes: bytes.length }
  const picture = await requestPicture(new URL(foreign.origin), { kind: 'label-studio', basicAuth: null }, tools, limit)
  t.ok(picture instanceof Uint8Array)
  t.same(foreign.requests.map(({ headers: { authorization, traceparent } }) => [authorization, traceparent]), [[undefined, undefined]])
})

t.test('a token that has run out is renewed once', async (t) => {
  const jwt = (claims: object) => `${Buffer.from('{}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`
  const personal = jwt({ token_type: 'refresh', jti: 'pat' })
  let exchanges = 0
  const labelStudio = (accepts: (exchange: number) => boolean): Answer => (request, response, count) => {
    if (request.url === '/api/token/refresh/') {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ access: jwt({ token_type: 'access', exchange: ++exchanges }) }))
    } else if (accepts(exchanges) && request.headers.authorization === `Bearer ${jwt({ token_type: 'access', exchange: exchanges })}`) {
      send(request, response, count)
    } else {
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"detail":"Given token not valid"}')
    }
  }
  const fresh = await startLocalServer(t, labelStudio((exchange) => exchange >= 2))
  const auth = createAccessToken({ url: fresh.origin, key: personal })
  const { load } = makePictureLoader(t, { labelStudioUrl: fresh.origin, labelStudioAuth: auth })
  const pictures = await Promise.all([1, 2, 3].map((id) => load(`/data/upload/1/${id}.jpg`)))
  t.same(pictures.map(({ byteLength }) => byteLength), [bytes.length, bytes.length, bytes.length])
  t.equal(exchanges, 2, 'one token at first, one after the refusal, for all three')

  const never = await startLocalServer(t, labelStudio(() => false))
  const refused = makePictureLoader(t, { labelStudioUrl: never.origin, labelStudioAuth: createAccessToken({ url: never.origin, key: personal }) })
  await t.rejects(refused.load('/data/upload/1/x.jpg'), { code: 'POSE_ERR_LABEL_STUDIO_TOKEN' })
  t.equal(never.requests.filter(({ url }) => url === '/data/upload/1/x.jpg').length, 2)
  const none = makePictureLoader(t, { labelStudioUrl: never.origin, labelStudioAuth: createAccessToken({ url: never.origin, key: null }) })
  await t.rejects(none.load('/data/upload/1/x.jpg'), { code: 'POSE_ERR_SOURCE_DENIED', message: /answered 401/ }, 'without a token')
})

t.test('the time limit counts everything', async (t) => {
  const timeoutMs = 150
  const answers: Record<string, Answer> = {
    'no answer': () => {},
    'a body that stops': (_request, response) => { response.writeHead(200, { 'content-length': 1000 }); response.write('x') },
    'a body in drops': (_request, response) => { const drops = setInterval(() => response.write('x'), 10); response.on('close', () => clearInterval(drops)) },
    'a redirect whose target is silent': (request, response) => { if (request.url === '/x.jpg') redirectTo('/silent')(request, response) },
    'an announced length that never comes': (_request, response) => { response.writeHead(200, { 'content-length': bytes.length + 1 }); response.write(bytes) }
  }
  await Promise.all(Object.entries(answers).map(async ([name, answer]) => {
    const { load, url } = await start(t, answer, { timeoutMs })
    await t.rejects(load(url), { code: 'POSE_ERR_SOURCE_TIMEOUT', message: /\/x\.jpg, after 0\.15 s/ }, name)
  }))
  const silent = { header: () => new Promise<never>(() => {}), renew: async () => {} }
  const { load } = makePictureLoader(t, { labelStudioUrl: 'http://127.0.0.1:9', labelStudioAuth: silent, timeoutMs })
  await t.rejects(load('/data/upload/1/x.jpg'), { code: 'POSE_ERR_SOURCE_TIMEOUT' }, 'a token that never comes')
})

t.test('the caller may stop it at any point', async (t) => {
  const { load, url, server } = await start(t, (request, response) => {
    if (request.url === '/body') response.write('x')
    if (request.url === '/retry') response.writeHead(503, { 'retry-after': '2' }).end()
  })
  for (const path of ['/headers', '/body', '/retry']) {
    const controller = new AbortController()
    const loading = load(server.origin + path, { signal: controller.signal })
    loading.catch(() => {})
    const seen = server.requests.length
    while (server.requests.length === seen) await new Promise((resolve) => setTimeout(resolve, 1))
    await new Promise((resolve) => setTimeout(resolve, 20))
    controller.abort()
    await t.rejects(loading, { code: 'POSE_ERR_CANCELLED' }, path)
  }
  await t.rejects(load(url, { signal: AbortSignal.abort() }), { code: 'POSE_ERR_CANCELLED' })
  await t.rejects(load(url, { signal: AbortSignal.abort(createPoseError('TIME_BUDGET', '80 s')) }), { code: 'POSE_ERR_TIME_BUDGET' }, 'with a reason of its own')
  t.equal(server.requests.length, 3, 'what was aborted before asks nobody')
})

t.test('a stopped download ends its connection', async (t) => {
  const closed: Promise<void>[] = []
  const { load, url, server } = await start(t, (request, response) => {
    closed.push(new Promise((resolve) => request.socket.on('close', () => resolve())))
    response.write('x')
  })
  const controller = new AbortController()
  const loading = load(url, { signal: controller.signal })
  loading.catch(() => {})
  while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  controller.abort()
  await t.rejects(loading, { code: 'POSE_ERR_CANCELLED' })
  await Promise.all(closed)
  t.equal(closed.length, 1)
})

t.test('listeners do not pile up on the signal of a long request', async (t) => {
  const { load, url } = await start(t, send)
  const controller = new AbortController()
  let listeners = 0
  const { addEventListener, removeEventListener } = controller.signal
  controller.signal.addEventListener = (...parameters: unknown[]) => { listeners++; return Reflect.apply(addEventListener, controller.signal, parameters) }
  controller.signal.removeEventListener = (...parameters: unknown[]) => { listeners--; return Reflect.apply(removeEventListener, controller.signal, parameters) }
  await Promise.all(Array.from({ length: 10 }, () => load(url, { signal: controller.signal })))
  t.equal(listeners, 0)
})

t.test('errors hold no secrets', async (t) => {
  const secret = 'SeCrEt'
  const server = await startLocalServer(t, (request, response) => {
    switch (request.url?.split('?')[0]) {
      case '/broken': return request.socket.destroy()
      case '/silent': return
      case '/away': return redirectTo(`http://user:${secret}@169.254.169.254/x?token=${secret}`)(request, response)
      case '/file': return redirectTo(`file:///${secret}`)(request, response)
      case '/page': response.setHeader('content-type', 'text/html')
        response.end(secret)
        return
      default: response.writeHead(Number(request.url?.slice(1, 4)) || 404).end(secret)
    }
  })
  const labelStudioAuth = { header: async () => `Token ${secret}`, renew: async () => {} }
  const { load } = makePictureLoader(t, { labelStudioUrl: server.origin, labelStudioAuth, imageOrigins: [server.origin, 'http://127.0.0.1:9'], timeoutMs: 800, maxBytes: 1000 })
  const credentials = { user: 'me', password: secret }
  const addresses = [
    ...['/401', '/403', '/404', '/503', '/broken', '/silent', '/away', '/file', '/page'].map((path) => `http://user:${secret}@127.0.0.1:${server.port}${path}?X-Amz-Signature=${secret}#${secret}`),
    `http://user:${secret}@127.0.0.1:9/x.jpg?sig=${secret}`, `http://user:${secret}@10.0.0.1/?${secret}`, `s3://${secret}/x`, `data:text/plain,${secret}`, `data:image/png;base64,${secret}!`,
    `//user:${secret}@host/x`, `http://user:${secret}@[::1/`, `/data/local-files/?x=${secret}`
  ]
  await Promise.all(addresses.map(async (address) => {
    const error = await load(address, { basicAuth: credentials }).then(() => null, (reason: Error & { code: string }) => reason)
    t.match(error?.code, /^POSE_ERR_/, address.slice(0, 60))
    const withCauses = inspect(error, { depth: 10 })
    t.notMatch(withCauses, secret, withCauses.slice(0, 300))
    t.notMatch(withCauses, Buffer.from(`me:${secret}`).toString('base64'))
  }))
})

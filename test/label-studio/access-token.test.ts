import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { createAccessToken } from '../../src/label-studio/access-token.ts'
import { readJwt } from '../../src/label-studio/read-jwt.ts'

const seconds = () => Math.floor(Date.now() / 1000)
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwt = (claims: object) => `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}.signature`
const personal = jwt({ token_type: 'refresh', exp: seconds() + 1e9, iat: seconds(), jti: 'a' })
const refused = { code: 'POSE_ERR_LABEL_STUDIO_TOKEN' }

type Answer = (body: { refresh: string }, response: ServerResponse, request: IncomingMessage) => void

/** A server with the one route of Label Studio that counts here. */
async function startServer (t: Test, answer: Answer): Promise<{ url: string, exchanges: () => number }> {
  let exchanges = 0
  const server = createServer(async (request, response) => {
    if (request.method === 'POST' && request.url === '/ls/api/token/refresh/') {
      exchanges++
      answer(JSON.parse(await text(request)), response, request)
    } else response.writeHead(500).end()
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => { server.closeAllConnections(); server.close() })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ls`, exchanges: () => exchanges }
}

const json = (response: ServerResponse, status: number, body: unknown) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

/** Each exchange gives another access token, as the real one does. */
function giveAccess (lifetime = 300): Answer {
  let serial = 0
  return ({ refresh }, response) => refresh === personal
    ? json(response, 200, { access: jwt({ token_type: 'access', iat: seconds(), exp: seconds() + lifetime, jti: ++serial }) })
    : json(response, 401, { status_code: 401, version: '1.23.2', detail: 'Token is invalid', exc_info: null })
}

t.test('reads the claims of a token', async (t) => {
  t.same(readJwt(jwt({ token_type: 'access', iat: 100, exp: 400 })), { tokenType: 'access', lifetime: 300 })
  t.match(readJwt(jwt({ exp: seconds() + 60 })), { tokenType: null, lifetime: Number })
  t.same(readJwt(jwt({})), { tokenType: null, lifetime: null })
  for (const token of ['', 'a.b', 'a.b.c', '0123456789abcdef0123456789abcdef01234567', 'a.!.c', `a.${Buffer.from('5').toString('base64url')}.c`]) t.equal(readJwt(token), null, token)
})

t.test('legacy and access tokens go as they are', async (t) => {
  const legacy = createAccessToken({ url: null, key: '0123456789abcdef' })
  t.equal(await legacy.header(), 'Token 0123456789abcdef')
  await t.rejects(legacy.renew(), { ...refused, message: /legacy tokens switched off/ })
  const access = jwt({ token_type: 'access', exp: 1 })
  const direct = createAccessToken({ url: null, key: access })
  t.equal(await direct.header(), `Bearer ${access}`)
  await t.rejects(direct.renew(), { ...refused, message: /has run out/ })
  const none = createAccessToken({ url: null, key: null })
  t.equal(await none.header(), null)
  await t.rejects(none.renew(), { ...refused, message: /none is configured/ })
})

t.test('a personal access token is exchanged once for all who wait, and kept', async (t) => {
  const { url, exchanges } = await startServer(t, giveAccess())
  const token = createAccessToken({ url, key: personal })
  const headers = await Promise.all(Array.from({ length: 8 }, () => token.header()))
  t.equal(new Set(headers).size, 1)
  t.match(headers[0], /^Bearer \S+\.\S+\.\S+$/)
  t.equal(await token.header(), headers[0])
  t.equal(exchanges(), 1)
})

t.test('it is renewed before it runs out', async (t) => {
  const { url, exchanges } = await startServer(t, giveAccess(0.4))
  const token = createAccessToken({ url, key: personal })
  const first = await token.header()
  t.equal(await token.header(), first)
  await new Promise((resolve) => { setTimeout(resolve, 450) })
  t.not(await token.header(), first)
  t.equal(exchanges(), 2)
})

t.test('a refused token is renewed once, however many were refused', async (t) => {
  const { url, exchanges } = await startServer(t, giveAccess())
  const token = createAccessToken({ url, key: personal })
  const old = await token.header()
  await Promise.all([token.renew(old), token.renew(old), token.renew()])
  t.equal(exchanges(), 2)
  t.not(await token.header(), old)
  await token.renew(old)
  t.equal(exchanges(), 2, 'a late answer to the old one')
  await token.renew(await token.header())
  t.equal(exchanges(), 3)
})

t.test('a revoked token says what Label Studio said, without the token', async (t) => {
  const { url } = await startServer(t, giveAccess())
  const revoked = jwt({ token_type: 'refresh', jti: 'revoked' })
  const error = await createAccessToken({ url, key: revoked }).header().then(() => null, (error: Error) => error)
  t.match(error, { ...refused, message: /cannot be exchanged, 401: Token is invalid: it is mistyped, or Label Studio has another SECRET_KEY than when it made it\)\. Create a personal access token/ })
  t.notOk(error!.message.includes(revoked))
})

t.test('a failed exchange is remembered for a while, for all', async (t) => {
  const { url, exchanges } = await startServer(t, giveAccess())
  const token = createAccessToken({ url, key: jwt({ token_type: 'refresh', jti: 'revoked' }) })
  const errors = await Promise.all(Array.from({ length: 5 }, () => token.header().catch((error: unknown) => error)))
  for (let picture = 0; picture < 5; picture++) errors.push(await token.header().catch((error: unknown) => error), await token.renew().catch((error: unknown) => error))
  t.equal(exchanges(), 1, 'one exchange for fifteen pictures')
  t.equal(new Set(errors).size, 1, 'the same error to all')
  t.match(errors[0], refused)

  const hanging = await startServer(t, () => {})
  const stuck = createAccessToken({ url: hanging.url, key: personal, timeoutMs: 200 })
  for (let picture = 0; picture < 5; picture++) await t.rejects(stuck.header(), { code: 'POSE_ERR_SOURCE_FAILED', message: /no answer in 0\.2 s/ })
  t.equal(hanging.exchanges(), 1)
})

t.test('the failure of one token is not held against another', async (t) => {
  const { url, exchanges } = await startServer(t, giveAccess())
  const token = createAccessToken({ url, key: null })
  token.offer(jwt({ token_type: 'refresh', jti: 'revoked' }))
  await t.rejects(token.header(), refused)
  token.offer(personal)
  t.match(await token.header(), /^Bearer /)
  t.equal(exchanges(), 2)
})

t.test('a failed exchange is tried again after that while', async (t) => {
  let broken = true
  const give = giveAccess()
  const { url } = await startServer(t, (body, response, request) => broken ? json(response, 502, {}) : give(body, response, request))
  const token = createAccessToken({ url, key: personal, failureLifeMs: 100 })
  await t.rejects(token.header(), { code: 'POSE_ERR_SOURCE_FAILED', message: /answered 502/ })
  broken = false
  await new Promise((resolve) => { setTimeout(resolve, 120) })
  t.match(await token.header(), /^Bearer /)
})

t.test('answers of what is no Label Studio', async (t) => {
  const header = async (answer: Answer) => createAccessToken({ url: (await startServer(t, answer)).url, key: personal, timeoutMs: 500 }).header()
  const address = 'POSE_ERR_LABEL_STUDIO_ADDRESS'
  await t.rejects(header((_, response) => json(response, 200, { token: 'x' })), { code: address, message: /no Label Studio/ })
  await t.rejects(header((_, response) => response.end('<html>')), { code: address })
  await t.rejects(header((_, response) => response.end('x'.repeat(1e6))), { code: address }, 'not read to the end')
  await t.rejects(header((_, response) => response.writeHead(404).end()), { code: address, message: /404/ })
  await t.rejects(header((_, response) => response.writeHead(301, { location: 'https://ls.example.org/' }).end()), { code: address, message: /redirects to https:\/\/ls\.example\.org/ })
  await t.rejects(header((_, response) => json(response, 403, { detail: 'no\nentry ✗' })), { ...refused, message: /403: no entry / })
  await t.rejects(header((_, response) => json(response, 400, ['x'])), { ...refused, message: /no reason given/ })
  await t.rejects(header(() => {}), { code: 'POSE_ERR_SOURCE_FAILED', message: /no answer in 0\.5 s/ })
  await t.rejects(createAccessToken({ url: 'http://127.0.0.1:1', key: personal }).header(), { code: 'POSE_ERR_SOURCE_FAILED', message: /refresh\/: ECONNREFUSED/ })
  await t.rejects(createAccessToken({ url: null, key: personal }).header(), { code: address })
})

t.test('the token of /setup serves where none is configured', async (t) => {
  const token = createAccessToken({ url: null, key: null })
  for (const odd of [undefined, null, '', 5, {}, 'a b', 'a\r\nX: y', 'x'.repeat(5000)]) t.notOk(token.offer(odd))
  t.equal(await token.header(), null)
  t.ok(token.offer('0000legacy'))
  t.ok(token.offer('0000legacy'), 'the same again')
  t.equal(await token.header(), 'Token 0000legacy')
  await t.rejects(token.renew(), { ...refused, message: /legacy token, which \/setup brought/ })
  token.offer('0001legacy')
  t.equal(await token.header(), 'Token 0001legacy', 'the latest one counts: it may have been reset')
  const configured = createAccessToken({ url: null, key: 'mine' })
  t.notOk(configured.offer('0000legacy'))
  t.equal(await configured.header(), 'Token mine')
})

import type { InjectOptions } from 'fastify'
import t from 'tap'
import { buildTestApp } from '../factories/test-app.ts'

t.test('every failure has a code, a sentence and an id', async (t) => {
  const { app } = await buildTestApp(t, { models: false, env: { MAX_BODY_MB: '1', CORS_ORIGINS: 'https://labels.example' } })
  const cases = [
    [{ method: 'GET', url: '/nothing?token=secret' }, 404, 'NOT_FOUND'],
    [{ method: 'DELETE', url: '/predict/' }, 405, 'METHOD_NOT_ALLOWED'],
    [{ method: 'POST', url: '/predict', payload: '{"tasks":', headers: { 'content-type': 'application/json' } }, 400, 'REQUEST_INVALID'],
    [{ method: 'POST', url: '/predict', payload: '', headers: { 'content-type': 'application/json' } }, 400, 'REQUEST_INVALID'],
    [{ method: 'POST', url: '/predict', payload: { tasks: 'all' } }, 400, 'REQUEST_INVALID'],
    [{ method: 'POST', url: '/predict', payload: 'x', headers: { 'content-type': 'text/plain' } }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [{ method: 'POST', url: '/predict', payload: { tasks: [{ data: { image: 'x'.repeat(1_200_000) } }] } }, 413, 'BODY_TOO_LARGE'],
    [{ method: 'GET', url: '/label-config?preset=fingers' }, 400, 'REQUEST_INVALID']
  ] as const
  for (const [request, status, code] of cases) {
    const answer = await app.inject(request as InjectOptions)
    t.equal(answer.statusCode, status, code)
    t.match(answer.json(), { statusCode: status, code: `POSE_ERR_${code}`, error: String, message: /\.$/, requestId: String })
    t.notMatch(answer.body, /secret/)
    t.match(answer.statusMessage, answer.json().message.replace(/[^\u0020-\u00ff]/g, '?').slice(0, 100))
  }
})

t.test('an address says which methods it takes', async (t) => {
  const { app } = await buildTestApp(t, { models: false })
  for (const [method, url, allow] of [['DELETE', '/predict', 'POST'], ['PATCH', '//health/?x=1', 'GET, HEAD'], ['POST', '/', 'GET, HEAD']] as const) {
    const answer = await app.inject({ method, url })
    t.equal(answer.statusCode, 405, url)
    t.equal(answer.headers.allow?.split(', ').sort().join(', '), allow)
    t.match(answer.json().message, allow.split(', ')[0]!)
  }
  const bodied = await app.inject({ method: 'POST', url: '/health', payload: 'x', headers: { 'content-type': 'text/plain' } })
  t.equal(bodied.statusCode, 405, 'whatever the body is')
})

t.test('the rate limit counts per client and spares probes', async (t) => {
  const { app } = await buildTestApp(t, { models: false, env: { RATE_LIMIT_MAX: '3' } })
  const ask = (url: string, remoteAddress: string) => app.inject({ url, remoteAddress })
  for (let i = 0; i < 3; i++) t.equal((await ask('/label-config', '203.0.113.5')).statusCode, 200)
  const refused = await ask('/label-config', '203.0.113.5')
  t.equal(refused.statusCode, 429)
  t.match(refused.json(), { code: 'POSE_ERR_RATE_LIMITED', message: /RATE_LIMIT_MAX/ })
  t.equal((await ask('/label-config', '203.0.113.6')).statusCode, 200, 'another client')
  for (let i = 0; i < 10; i++) t.equal((await ask('/health', '203.0.113.5')).statusCode, 200)
  for (let i = 0; i < 4; i++) await ask('/scan' + i, '203.0.113.7')
  t.equal((await ask('/scan', '203.0.113.7')).statusCode, 429, 'unknown addresses count too')
})

t.test('Label Studio is not limited', async (t) => {
  const { app } = await buildTestApp(t, { models: false, env: { RATE_LIMIT_MAX: '1', LABEL_STUDIO_URL: 'http://127.0.0.1:8080' } })
  for (let i = 0; i < 5; i++) t.equal((await app.inject({ url: '/label-config', remoteAddress: '127.0.0.1' })).statusCode, 200)
  await app.inject({ url: '/label-config', remoteAddress: '203.0.113.5' })
  t.equal((await app.inject({ url: '/label-config', remoteAddress: '203.0.113.5' })).statusCode, 429)
})

t.test('X-Forwarded-For is believed from named proxies only', async (t) => {
  const limited = async (trust: string) => {
    const { app } = await buildTestApp(t, { models: false, env: { RATE_LIMIT_MAX: '1', ...(trust ? { TRUST_PROXY: trust } : {}) } })
    const ask = (client: string) => app.inject({ url: '/label-config', remoteAddress: '10.1.2.3', headers: { 'x-forwarded-for': client } })
    await ask('203.0.113.5')
    return (await ask('203.0.113.6')).statusCode
  }
  t.equal(await limited(''), 429, 'both are the proxy')
  t.equal(await limited('10.0.0.0/8'), 200, 'two clients')
})

t.test('CORS is off unless origins are named', async (t) => {
  const closed = await buildTestApp(t, { models: false })
  const open = await buildTestApp(t, { models: false, env: { CORS_ORIGINS: 'https://labels.example' } })
  const allowed = async ({ app }: typeof open, origin: string) => (await app.inject({ url: '/health', headers: { origin } })).headers['access-control-allow-origin']
  t.equal(await allowed(closed, 'https://labels.example'), undefined)
  t.equal(await allowed(open, 'https://labels.example'), 'https://labels.example')
  t.equal(await allowed(open, 'https://labels.example.attacker.example'), undefined)
})

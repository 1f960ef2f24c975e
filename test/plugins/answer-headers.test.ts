import type { InjectOptions, Response } from 'light-my-request'
import t from 'tap'
import { allRoutes } from '../factories/all-routes.ts'
import { buildTestApp } from '../factories/test-app.ts'

const origin = 'https://elsewhere.example'

/** What every answer has to have, and what none may. */
function faultsOf ({ headers }: Response): string[] {
  const policy = String(headers['content-security-policy'] ?? '')
  return [
    ...(headers['x-content-type-options'] === 'nosniff' ? [] : ['x-content-type-options']),
    ...(headers['referrer-policy'] === 'no-referrer' ? [] : ['referrer-policy']),
    ...(/default-src '(none|self)'/.test(policy) && /frame-ancestors '(none|self)'/.test(policy) && !/script-src[^;]*'unsafe-(inline|eval)'/.test(policy) ? [] : [`content-security-policy: ${policy}`]),
    ...(/^(DENY|SAMEORIGIN)$/.test(String(headers['x-frame-options'])) ? [] : ['x-frame-options']),
    ...(headers['x-request-id'] === undefined ? ['x-request-id'] : []),
    ...['access-control-allow-origin', 'access-control-allow-credentials', 'x-powered-by', 'server'].filter((name) => name in headers)
  ]
}

t.test('every answer keeps browsers from guessing, framing and reading across sites', async (t) => {
  const { app } = await buildTestApp(t, { models: false, start: false, env: { RATE_LIMIT_MAX: '0', METRICS: 'token', API_TOKEN: 'a-token-of-16-chars', MAX_BODY_MB: '1' } })
  const ask = async (what: string, request: InjectOptions) => {
    const answer = await app.inject({ ...request, headers: { origin, ...request.headers } })
    t.strictSame(faultsOf(answer), [], `${what}: ${answer.statusCode}`)
    return answer.statusCode
  }
  for (const { method, url } of allRoutes(app)) {
    await ask(`${method} ${url}`, { method, url })
    await ask(`${method} ${url} of a browser`, { method, url, headers: { accept: 'text/html' } })
  }
  t.equal(await ask('nothing there', { url: '/nowhere' }), 404)
  t.equal(await ask('a method that is not taken', { method: 'DELETE', url: '/predict' }), 405)
  t.equal(await ask('a preflight', { method: 'OPTIONS', url: '/predict', headers: { 'access-control-request-method': 'POST' } }), 405)
  t.equal(await ask('no JSON', { method: 'POST', url: '/predict', headers: { 'content-type': 'application/json' }, payload: '{' }), 400)
  t.equal(await ask('another form', { method: 'POST', url: '/predict', headers: { 'content-type': 'text/plain' }, payload: 'x' }), 415)
  t.equal(await ask('too much', { method: 'POST', url: '/predict', payload: { tasks: ['x'.repeat(1024 * 1024)] } }), 413)
  t.equal(await ask('no token', { url: '/metrics', remoteAddress: '192.0.2.1' }), 401)
  for (const url of ['/%zz', '/%', '/%c0%af..', '/jobs-%e0%a4%a?x=%zz']) t.equal(await ask('a path that cannot be decoded', { url }), 404)
  t.equal(await ask('a query that cannot be decoded', { url: '/label-config?x=%zz' }), 200)
  t.equal(await ask('an endless parameter', { url: `/jobs/${'x'.repeat(5000)}`, headers: { authorization: 'Bearer a-token-of-16-chars' } }), 400)

  const { app: limited } = await buildTestApp(t, { models: false, start: false, env: { RATE_LIMIT_MAX: '1' } })
  await limited.inject('/label-config')
  const refused = await limited.inject('/label-config')
  t.equal(refused.statusCode, 429)
  t.strictSame(faultsOf(refused), [])
})

t.test('the named origins alone may read', async (t) => {
  const { app } = await buildTestApp(t, { models: false, start: false, env: { CORS_ORIGINS: 'https://pages.example' } })
  for (const [from, allowed] of [['https://pages.example', 'https://pages.example'], [origin, undefined], ['https://pages.example.evil.example', undefined], ['null', undefined]] as const) {
    const { headers } = await app.inject({ url: '/label-config', headers: { origin: from } })
    t.equal(headers['access-control-allow-origin'], allowed, from)
    t.notOk('access-control-allow-credentials' in headers)
  }
})

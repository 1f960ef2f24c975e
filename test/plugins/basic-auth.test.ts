import t, { type Test } from 'tap'
import { allRoutes } from '../factories/all-routes.ts'
import { buildTestApp, type TestApp } from '../factories/test-app.ts'

const pair = { BASIC_AUTH_USER: 'label studio', BASIC_AUTH_PASS: 'a-pass:word-of-12' }
const basic = (user: string, password: string) => ({ authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` })
const right = basic(pair.BASIC_AUTH_USER, pair.BASIC_AUTH_PASS)
const remoteAddress = '192.0.2.7'

async function start (t: Test, env: Record<string, string> = {}): Promise<TestApp['app']> {
  return (await buildTestApp(t, { models: false, start: false, env: { ...pair, RATE_LIMIT_MAX: '0', ...env } })).app
}

t.test('every address but the probes asks for user and password', async (t) => {
  const app = await start(t)
  const routes = allRoutes(app)
  t.ok(routes.length > 40)
  for (const { method, url } of routes) {
    const ask = (headers: Record<string, string>) => app.inject({ method, url, headers, remoteAddress })
    const [stranger, guest] = [await ask({}), await ask(right)]
    if (['/health', '/ready', '/live'].includes(url)) t.not(stranger.statusCode, 401, url)
    else t.match([stranger.statusCode, stranger.json().code, stranger.headers['www-authenticate']], [401, 'POSE_ERR_BASIC_AUTH_WRONG', /^Basic realm="[^"]+"/], `${method} ${url}`)
    t.not(guest.statusCode, 401, `${method} ${url}`)
  }
  t.equal((await app.inject({ url: '/nowhere', remoteAddress })).statusCode, 401, 'strangers do not learn which addresses there are')
  t.equal((await app.inject({ url: '/nowhere', headers: right, remoteAddress })).statusCode, 404)
})

t.test('what is taken for them', async (t) => {
  const app = await start(t, { API_TOKEN: 'a-token-of-16-chars' })
  const status = async (headers: Record<string, string>, url = '/label-config') => (await app.inject({ url, headers, remoteAddress })).statusCode
  t.equal(await status(right), 200)
  for (const headers of [
    basic('label studio', 'a-pass:word-of-1'), basic('label studio', 'a-pass:word-of-123'), basic('somebody', pair.BASIC_AUTH_PASS), basic('label studio', ''), basic('', ''),
    { authorization: `Bearer ${pair.BASIC_AUTH_PASS}` }, { authorization: 'Basic' }, { authorization: 'Basic ====' }, { authorization: right.authorization.replace('Basic', 'Digest') }
  ] as Array<Record<string, string>>) t.equal(await status(headers), 401, headers['authorization']!)
  t.equal(await status({ authorization: 'Bearer a-token-of-16-chars' }), 200, 'the token of the service opens them as well')
  t.equal(await status(basic('anyone', 'a-token-of-16-chars')), 200)
  t.equal(await status(right, '/jobs'), 401, 'but they do not open what needs the token')
  t.equal(await status({ ...right, 'sec-fetch-site': 'cross-site' }), 401, 'a browser sends what its user has entered for pages of others too')
  t.equal(await status({ ...right, origin: 'https://elsewhere.example' }), 401)
  t.equal(await status({ ...right, 'sec-fetch-site': 'same-origin' }), 200)

  const refused = await app.inject({ url: '/label-config', headers: basic('label studio', 'wrong-password'), remoteAddress })
  t.match(refused.statusMessage, /needs user and password/, 'Label Studio shows the sentence')
  t.notMatch(refused.body, /wrong-password/)
  t.match((await app.inject({ url: '/check', headers: { authorization: 'Bearer another-token' }, remoteAddress })).json().message, /needs user and password \(the token that came is not its own\)/)
})

t.test('links on pages of others may be followed, and nothing else', async (t) => {
  const app = await start(t, { API_TOKEN: 'a-token-of-16-chars' })
  const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
  const status = async (headers: Record<string, string>, method: 'GET' | 'HEAD' | 'POST' = 'GET', url = '/label-config') =>
    (await app.inject({ method, url, headers: { ...right, ...headers }, remoteAddress })).statusCode
  for (const site of ['cross-site', 'same-site']) {
    t.equal(await status({ ...link, 'sec-fetch-site': site }), 200, `from a page that is ${site}`)
    t.equal(await status({ ...link, 'sec-fetch-site': site }, 'HEAD'), 200)
  }
  t.equal(await status({ ...link, ...basic('anyone', 'a-token-of-16-chars') }, 'GET', '/jobs'), 409, 'the token as password too: jobs only want for LABEL_STUDIO_URL')
  t.equal(await status({ ...link, origin: 'https://elsewhere.example' }, 'POST', '/webhook'), 401, 'a form of such a page')
  for (const [name, value] of [['sec-fetch-mode', 'cors'], ['sec-fetch-mode', 'no-cors'], ['sec-fetch-dest', 'iframe'], ['sec-fetch-dest', 'image'], ['sec-fetch-dest', 'empty']] as const) {
    t.equal(await status({ ...link, [name]: value }), 401, `${name}: ${value}`)
  }
  for (const missing of ['sec-fetch-mode', 'sec-fetch-dest']) t.equal(await status(Object.fromEntries(Object.entries(link).filter(([name]) => name !== missing))), 401, `without ${missing}`)
  t.match((await app.inject({ url: '/label-config', headers: { ...right, ...link }, remoteAddress })).headers, { 'content-security-policy': /frame-ancestors 'none'/ }, 'in no frame')
})

t.test('events without them are not taken', async (t) => {
  const app = await start(t)
  const payload = { action: 'ANNOTATION_CREATED', project: { id: 1 }, annotation: { id: 1, result: [] } }
  t.equal((await app.inject({ method: 'POST', url: '/webhook', payload, remoteAddress })).statusCode, 401)
  t.equal((await app.inject({ method: 'POST', url: '/webhook', payload, headers: right, remoteAddress })).statusCode, 201)
})

t.test('wrong tries count against the rate limit, those for the token too', async (t) => {
  const app = await start(t, { RATE_LIMIT_MAX: '3', API_TOKEN: 'a-token-of-16-chars' })
  const statuses = async (url: string, headers: Record<string, string>, remoteAddress: string) => {
    const answers: number[] = []
    for (let i = 0; i < 5; i++) answers.push((await app.inject({ url, headers, remoteAddress })).statusCode)
    return answers
  }
  const wrong = basic('label studio', 'wrong-password')
  t.strictSame(await statuses('/label-config', wrong, '192.0.2.1'), [401, 401, 401, 429, 429])
  t.strictSame(await statuses('/nowhere', wrong, '192.0.2.2'), [401, 401, 401, 429, 429])
  t.strictSame(await statuses('/jobs', right, '192.0.2.3'), [401, 401, 401, 429, 429])
  t.strictSame(await statuses('/label-config', right, '192.0.2.4'), [200, 200, 200, 429, 429], 'right ones as everywhere')
})

t.test('the description of the interface says so', async (t) => {
  const app = await start(t)
  t.match((await app.inject({ url: '/openapi.json', headers: right })).json(), { security: [{ basicAuth: [] }], components: { securitySchemes: { basicAuth: { type: 'http', scheme: 'basic' } } } })
})

import t, { type Test } from 'tap'
import { createLogLines } from '../factories/log-lines.ts'
import { buildTestApp } from '../factories/test-app.ts'

const proxies = '10.0.0.0/8, 2001:db8:1::/48'

async function start (t: Test, env: Record<string, string> = {}) {
  const { log, lines } = createLogLines()
  const { app } = await buildTestApp(t, { models: false, start: false, log, env: { TRUST_PROXY: proxies, ...env } })
  const ask = (remoteAddress: string, headers: Record<string, string> = {}, url = '/label-config') => app.inject({ url, remoteAddress, headers })
  return {
    app,
    ask,
    /** For whom the log takes the sender. */
    async addressOf (peer: string, forwarded?: string): Promise<unknown> {
      lines.length = 0
      await ask(peer, forwarded === undefined ? {} : { 'x-forwarded-for': forwarded })
      return (lines.find(({ msg }) => msg === 'incoming request')?.['req'] as { remoteAddress: string }).remoteAddress
    }
  }
}

t.test('X-Forwarded-For is believed as far as it comes from trusted proxies', async (t) => {
  const { addressOf } = await start(t)
  for (const [what, peer, forwarded, address] of [
    ['no proxy', '203.0.113.9', undefined, '203.0.113.9'],
    ['a stranger who claims to be one', '203.0.113.9', '198.51.100.7', '203.0.113.9'],
    ['a stranger who claims to be this machine', '203.0.113.9', '127.0.0.1', '203.0.113.9'],
    ['one proxy', '10.0.0.1', '198.51.100.7', '198.51.100.7'],
    ['one proxy, and what its client has made up', '10.0.0.1', '127.0.0.1, 6.6.6.6, 198.51.100.7', '198.51.100.7'],
    ['several proxies', '10.0.0.1', '198.51.100.7, 10.2.0.1, 10.3.0.1', '198.51.100.7'],
    ['several proxies, and what the client has made up', '10.0.0.1', '10.0.0.9, 198.51.100.7, 10.2.0.1', '198.51.100.7'],
    ['a proxy in the middle that is not known', '10.0.0.1', '198.51.100.7, 203.0.113.50, 10.2.0.1', '203.0.113.50'],
    ['proxies alone', '10.0.0.1', '10.4.0.1, 10.2.0.1', '10.4.0.1'],
    ['a proxy that says nothing', '10.0.0.1', undefined, '10.0.0.1'],
    ['a proxy as IPv4 in IPv6', '::ffff:10.0.0.1', '198.51.100.7', '198.51.100.7'],
    ['a proxy in the middle as IPv4 in IPv6', '10.0.0.1', '198.51.100.7, ::ffff:10.2.0.1', '198.51.100.7'],
    ['a stranger as IPv4 in IPv6', '::ffff:203.0.113.9', '198.51.100.7', '::ffff:203.0.113.9'],
    ['a proxy with IPv6', '2001:db8:1::5', '2001:db8:2::7', '2001:db8:2::7'],
    ['a stranger with IPv6', '2001:db8:2::5', '198.51.100.7', '2001:db8:2::5'],
    ['an address beside the range', '11.0.0.1', '198.51.100.7', '11.0.0.1']
  ] as const) t.equal(await addressOf(peer, forwarded), address, what)
})

t.test('without TRUST_PROXY nothing is believed', async (t) => {
  const { addressOf } = await start(t, { TRUST_PROXY: '' })
  for (const peer of ['10.0.0.1', '127.0.0.1', '::1']) t.equal(await addressOf(peer, '198.51.100.7'), peer)
})

t.test('the rate limit is for clients, not for the proxy in front of them', async (t) => {
  const { ask } = await start(t, { RATE_LIMIT_MAX: '2' })
  const through = async (peer: string, forwarded: string) => (await ask(peer, { 'x-forwarded-for': forwarded })).statusCode
  t.strictSame([await through('10.0.0.1', '198.51.100.7'), await through('10.0.0.2', '198.51.100.7'), await through('10.0.0.1', '198.51.100.7')], [200, 200, 429])
  t.equal(await through('10.0.0.1', '6.6.6.6, 198.51.100.7'), 429, 'who makes up addresses gains nothing')
  t.equal(await through('10.0.0.1', '198.51.100.8'), 200, 'another client is not held back')
  t.strictSame([await through('203.0.113.9', '1.1.1.1'), await through('203.0.113.9', '2.2.2.2'), await through('203.0.113.9', '3.3.3.3')], [200, 200, 429], 'nor does who is no proxy')
  const direct = async (peer: string) => (await ask(peer)).statusCode
  t.strictSame([await direct('192.0.2.1'), await direct('::ffff:192.0.2.1'), await direct('192.0.2.1')], [200, 200, 429], 'IPv4 in IPv6 is the same client')
  t.strictSame([await direct('2001:db8:9::1'), await direct('2001:db8:9::2'), await direct('2001:db8:9::3')], [200, 200, 429], 'a network of IPv6 is one client')
})

t.test('what is for callers on this machine does not open to who claims to be one', async (t) => {
  const { ask } = await start(t)
  const check = async (peer: string, headers: Record<string, string>) => (await ask(peer, { host: 'localhost:9090', ...headers }, '/jobs')).json().code
  t.equal(await check('203.0.113.9', { 'x-forwarded-for': '127.0.0.1' }), 'POSE_ERR_API_TOKEN_UNSET')
  t.equal(await check('10.0.0.1', { 'x-forwarded-for': '127.0.0.1, 198.51.100.7' }), 'POSE_ERR_API_TOKEN_UNSET')
  t.not(await check('127.0.0.1', {}), 'POSE_ERR_API_TOKEN_UNSET')
})

t.test('no address in an answer is made of what a request says of its host', async (t) => {
  const { app, ask } = await start(t)
  const made = { host: 'evil-host.example', 'x-forwarded-host': 'evil-forwarded.example', 'x-forwarded-proto': 'gopher', 'x-forwarded-port': '666', forwarded: 'host=evil-rfc.example', accept: 'text/html' }
  for (const peer of ['203.0.113.9', '10.0.0.1']) {
    for (const url of ['/', '/docs', '/docs/static/index.html', '/openapi.json', '/health', '/label-config', '/versions', '/nowhere', '/playground/facts.json', '/playground/connect-guide.js', '/metrics']) {
      const { body, headers } = await ask(peer, made, url)
      t.notMatch(`${body}${JSON.stringify(headers)}`, /evil-|gopher|:666\b/, url)
    }
  }
  t.notOk('servers' in (await app.inject('/openapi.json')).json(), 'whoever reads it takes the address that it came from')
})

import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { allRoutes } from '../factories/all-routes.ts'
import { buildTestApp } from '../factories/test-app.ts'

const MiB = 1024 * 1024

t.test('every address that takes a body bounds it', async (t) => {
  const token = 'a-token-of-16-chars'
  const { app } = await buildTestApp(t, { models: false, start: false, env: { MAX_BODY_MB: '2', RATE_LIMIT_MAX: '0', API_TOKEN: token } })
  const limits: Record<string, number> = { '/predict': 2 * MiB, '/webhook': 2 * MiB, '/fit': 2 * MiB, '/playground/export': 4 * MiB, '/jobs': 512 * 1024 }
  const posts = allRoutes(app).filter(({ method }) => method === 'POST')
  t.ok(posts.length >= 8)
  for (const { url } of posts) {
    const send = (bytes: number) => app.inject({ method: 'POST', url, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, payload: `"${'x'.repeat(bytes - 2)}"` })
    const limit = limits[url] ?? MiB
    const [within, beyond] = [await send(limit), await send(limit + 1)]
    t.not(within.statusCode, 413, `${url} takes ${limit} bytes`)
    // Events are always answered with 2xx.
    if (url === '/webhook' || url === '/fit') t.match([beyond.statusCode, beyond.json().status], [200, 'not counted'], url)
    else t.equal(beyond.statusCode, 413, `${url} takes no more`)
  }
})

t.test('time and headers are bounded', async (t) => {
  const { app } = await buildTestApp(t, { models: false, start: false })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { headersTimeout, requestTimeout, keepAliveTimeout } = app.server
  t.strictSame({ headersTimeout, requestTimeout, keepAliveTimeout }, { headersTimeout: 15_000, requestTimeout: 120_000, keepAliveTimeout: 72_000 })
  const status = await new Promise((resolve, reject) => {
    const { port } = app.server.address() as AddressInfo
    request({ host: '127.0.0.1', port, path: '/health', headers: { 'x-long': 'x'.repeat(20_000) } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).on('error', reject).end()
  })
  t.equal(status, 431)
})

import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { startLocalServer } from '../factories/local-server.ts'
import { buildTestApp } from '../factories/test-app.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

interface Run { code: number | null, out: string, err: string }

/** The script as `make test-api` runs it. */
function testApi (...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ['--import', 'tsx', 'scripts/test-api.ts', ...args], { cwd: root, env: { PATH: process.env['PATH'] } }, (_error, out, err) => {
      resolve({ code: child.exitCode, out, err })
    })
  })
}

t.test('shows the pose of the drawn figure', async (t) => {
  const { app } = await buildTestApp(t)
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const { code, out, err } = await testApi(address)
  t.equal(err, '')
  t.equal(code, 0)
  t.match(out, `Service   ${address}`)
  t.match(out, /^Answer {4}\d+ (person|people), \d+ points in \d+ ms, model rtmlib-/m)
  t.match(out, /The answer is well formed\.\n$/)
})

t.test('shows the starter models where they stand in', async (t) => {
  const { app } = await buildTestApp(t, { models: false, env: { MODEL_FALLBACK: 'starter' } })
  const { code, out, err } = await testApi(await app.listen({ host: '127.0.0.1', port: 0 }))
  t.equal(err, '')
  t.equal(code, 0)
  t.match(out, /^Fallback {2}starter in place of balanced\. .*YOLOX-m/m)
  t.match(out, /^Models .*CC BY-NC 4\.0/m)
  t.match(out, /^Answer {4}\d+ (person|people), \d+ points in \d+ ms, model starter-/m)
  // The figure is 632 pixels high.
  const [, pixels] = /half of the points within ([\d.]+) pixels/.exec(out) ?? []
  t.ok(Number(pixels) < 25, `half of the points within ${pixels} pixels`)
})

t.test('waits for a download, and shows how far it is', async (t) => {
  const health = { status: 'ok', model_loaded: false, model_version: null, mode: 'balanced', device: 'cpu', reason: 'No model: x', warnings: [], fallback: null, workers: { wanted: 1, ready: 0 }, models: { detector: null, pose: null, licenses: [] } }
  const { origin } = await startLocalServer(t, (_request, response, count) => {
    response.end(JSON.stringify({ ...health, download: count < 3 ? [{ title: 'RTMW-l', received: count * 25e6, total: 100e6 }] : null }))
  })
  const { code, out, err } = await testApi(origin)
  t.match(out, /^Download {2}RTMW-l: 25 of 100 MB, 25 %\nDownload {2}RTMW-l: 50 of 100 MB, 50 %\nService /)
  t.equal(code, 1)
  t.match(err, /cannot predict\. No model: x/)
})

t.test('says what is missing', async (t) => {
  const { app } = await buildTestApp(t, { models: false })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const { code, err } = await testApi(address)
  t.equal(code, 1)
  t.match(err, /cannot predict.*No model: MODE=balanced needs/)
})

t.test('says that nobody is there', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  const { code, err } = await testApi(`http://127.0.0.1:${port}`)
  t.equal(code, 1)
  t.match(err, `No service answers at http://127.0.0.1:${port} (ECONNREFUSED)`)
  t.match(err, 'make start')
})

import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import Fastify from 'fastify'
import t from 'tap'
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

  const without = await testApi(address, '--expect-no-model')
  t.equal(without.code, 1, 'there is a model')
  t.match(without.err, /model_loaded true: expected is a service that runs without a model/)
})

t.test('says what is missing', async (t) => {
  const { app } = await buildTestApp(t, { models: false })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const { code, err } = await testApi(address)
  t.equal(code, 1)
  t.match(err, /cannot predict.*No model: MODE=balanced needs/)

  const expected = await testApi('--expect-no-model', address)
  t.equal(expected.err, '')
  t.equal(expected.code, 0)
  t.match(expected.out, /^Answer {4}503, as expected\. No model: MODE=balanced needs/m)
  t.match(await testApi(address, '--expect-nothing'), { code: 1, err: /There is no option --expect-nothing/ })
})

t.test('--expect-no-model takes only the documented answer', async (t) => {
  const health = { status: 'ok', model_loaded: false, model_version: null, mode: 'balanced', device: 'cpu', reason: 'x', warnings: [], workers: { wanted: 1, ready: 0 }, models: { detector: null, pose: null } }
  const answers: Array<[status: number, body: object]> = [
    [200, { results: [] }], [503, { code: 'POSE_ERR_OVERLOADED', message: 'The service is overloaded (x).' }],
    [500, { code: 'POSE_ERR_MODEL_MISSING', message: 'No model: x' }], [503, { code: 'POSE_ERR_MODEL_MISSING', message: 'No model: ' }]
  ]
  for (const [status, body] of answers) {
    const app = Fastify()
    t.teardown(() => app.close())
    app.get('/health', async () => health)
    app.get('/label-config', async () => '<View/>')
    app.post('/predict', async (_request, reply) => reply.code(status).send(body))
    t.match(await testApi(await app.listen({ host: '127.0.0.1', port: 0 }), '--expect-no-model'), { code: 1, err: new RegExp(`/predict answered ${status}`) })
  }
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

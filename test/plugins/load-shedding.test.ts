import Fastify from 'fastify'
import t, { type Test } from 'tap'
import errorHandler from '../../plugins/error-handler.ts'
import loadShedding from '../../plugins/load-shedding.ts'
import rateLimit from '../../plugins/rate-limit.ts'

function blockFor (ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until) { /* as a bug or a huge answer would */ }
}

async function buildApp (t: Test, maxEventLoopDelayMs: number) {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(rateLimit, { max: 0, windowMs: 1000, labelStudioUrl: null })
  await app.register(errorHandler)
  await app.register(loadShedding, { maxEventLoopDelayMs, sampleIntervalMs: 20 })
  app.get('/work', async () => 'done')
  return app
}

t.test('work is refused while the event loop is far behind, probes are not', async (t) => {
  const app = await buildApp(t, 100)
  app.get('/probe', { config: { pressureHandler: () => {} } as object }, async () => 'alive')
  await app.ready()
  t.equal((await app.inject('/work')).statusCode, 200)
  let refused
  for (let i = 0; i < 50 && refused?.statusCode !== 503; i++) {
    blockFor(300)
    await new Promise((resolve) => setTimeout(resolve, 25))
    refused = await app.inject('/work')
  }
  t.match(refused?.json(), { code: 'POSE_ERR_OVERLOADED' })
  t.equal(refused?.headers['retry-after'], '2', 'says when to ask again')
  blockFor(300)
  await new Promise((resolve) => setTimeout(resolve, 25))
  t.equal((await app.inject('/probe')).statusCode, 200)
})

t.test('a block that is shorter than the bound refuses nothing, though it outlasts the look at it', async (t) => {
  const app = await buildApp(t, 10_000)
  await app.ready()
  for (let i = 0; i < 10; i++) {
    blockFor(100)
    await new Promise((resolve) => setTimeout(resolve, 0))
    t.equal((await app.inject('/work')).statusCode, 200)
  }
})

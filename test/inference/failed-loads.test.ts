import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createScriptedEngine } from './fixtures/scripted-engine.ts'

async function until (holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5)
}

t.test('a worker that fails its first loads and works at the third', async (t) => {
  const { engine, run, meter, logged } = createScriptedEngine(t, { workers: 1, failingBoots: [1, 2], afterFailureMs: 300, retryMs: 10 })
  const early = run({ id: 1 })
  await t.rejects(early, { code: 'POSE_ERR_MODEL_BROKEN', message: /the file is not a network/ }, 'what waited does not wait for the next try')
  t.equal(meter.failedLoads(), 0, 'the thread still stands in native code')
  await engine.start()
  t.match(engine.status(), { state: 'broken', reason: 'the file is not a network', workers: { wanted: 1, ready: 0 }, warnings: [], waiting: 0 })
  await t.rejects(run({ id: 2 }), { code: 'POSE_ERR_MODEL_BROKEN' }, 'refused at once, before any further try')
  t.equal(meter.boots(), 1)
  await until(() => meter.boots() === 2)
  t.equal(meter.failedLoads(), 1, 'the next try waited until the thread could be ended')
  await t.rejects(run({ id: 2 }), { code: 'POSE_ERR_MODEL_BROKEN' }, 'nor does a picture wait for a try under way')
  await until(() => engine.status().state !== 'broken')
  t.match(engine.status(), { state: 'ready', reason: null, workers: { ready: 1 }, waiting: 0, running: 0 })
  t.equal((await run({ id: 3 })).width, 3)
  t.equal(meter.boots(), 3)
  t.same(logged.filter((line) => !line.includes('a worker warns')), [
    'warn: a worker thread could not load its models, next try in 0.01 s',
    'error: no worker thread has its models: pictures are refused until a further try succeeds',
    'warn: a worker thread could not load its models, next try in 0.02 s',
    'info: a further try has loaded the models of a worker thread'
  ])
})

t.test('the wait ends at a minute', async (t) => {
  const { engine, logged } = createScriptedEngine(t, { workers: 1, failingBoots: [1, Infinity], retryMs: 90_000 })
  await engine.start()
  t.match(logged[0], /next try in 60 s/)
})

t.test('one of two workers fails its first load: ready with the other one, and a warning until it is back', async (t) => {
  const { engine, run, logged } = createScriptedEngine(t, { workers: 2, failingBoots: [1, 1], retryMs: 300 })
  const work = [1, 2, 3, 4, 5].map((id) => run({ id }))
  await engine.start()
  t.match(engine.status(), {
    state: 'ready',
    reason: null,
    workers: { wanted: 2, ready: 1 },
    warnings: ['cuda could not be had', 'Only 1 of 2 worker threads are ready; the others are tried again: the file is not a network']
  })
  t.same((await Promise.all(work)).map(({ width }) => width), [1, 2, 3, 4, 5])
  await until(() => engine.status().workers.ready === 2)
  t.match(engine.status(), { state: 'ready', warnings: ['cuda could not be had'] })
  t.equal(engine.status().warnings.length, 1)
  t.notOk(logged.some((line) => line.startsWith('error')))
})

t.test('a thread that ends while it loads is tried again as well', async (t) => {
  const { engine, run, meter, logged } = createScriptedEngine(t, { workers: 1, failingBoots: [1, 2], bootFailure: 'exit', retryMs: 20 })
  await engine.start()
  t.match(engine.status(), { state: 'broken', reason: 'the thread exited with code 9' })
  await until(() => engine.status().state === 'ready')
  t.equal((await run({ id: 1 })).width, 1)
  t.equal(meter.boots(), 3)
  t.same(logged.filter((line) => line.includes('next try')).map((line) => line.replace(/.*next/, 'next')), ['next try at once', 'next try in 0.02 s'], 'the first repetition is the pool\'s own')
})

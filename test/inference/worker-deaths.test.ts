import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import t from 'tap'
import { createScriptedEngine } from './fixtures/scripted-engine.ts'

const ids = (count: number) => Array.from({ length: count }, (_, id) => id)

for (const end of ['exit', 'uncaught', 'memory'] as const) {
  t.test(`a picture that ends its thread (${end}) is tried once more, alone, then fails; the others are answered`, { timeout: 90_000 }, async (t) => {
    // So that memory runs out after some 200 MB.
    setFlagsFromString('--max-old-space-size=150')
    t.teardown(() => { setFlagsFromString('--max-old-space-size=4096') })
    const { engine, run, meter, logged } = createScriptedEngine(t, { workers: 2 })
    await engine.start()
    const good = ids(12).map((id) => run({ id, busyMs: 20, decodeMs: 10 }))
    const bad = run({ id: 100, decodeMs: 5, end })
    const after = ids(6).map((id) => run({ id: 20 + id, busyMs: 20 }))
    await t.rejects(bad, { code: 'POSE_ERR_WORKER_DIED' })
    t.same((await Promise.all(good)).map(({ width }) => width), ids(12))
    t.same((await Promise.all(after)).map(({ width }) => width), ids(6).map((id) => 20 + id))
    t.equal(meter.ends(), 2, 'two tries, no third')
    t.equal(meter.besideSuspect(), 0, 'nothing ran beside the second try')
    while (engine.status().workers.ready < 2) await sleep(20)
    t.match(engine.status(), { state: 'ready', reason: null, waiting: 0, running: 0 })
    t.equal(meter.boots(), 4)
    t.ok(logged.includes('warn: a picture lost its worker thread and is tried again alone'))
    t.equal((await run({ id: 50 })).width, 50)
  })
}

t.test('a picture whose thread died by chance is answered at the second try', async (t) => {
  const { engine, run, meter } = createScriptedEngine(t, { workers: 1 })
  await engine.start()
  const results = await Promise.all([run({ id: 1, end: 'exit-once' }), run({ id: 2, decodeMs: 200 }), run({ id: 3 })])
  t.same(results.map(({ width }) => width), [1, 2, 3], 'its neighbour in the thread as well')
  t.equal(meter.boots(), 2)
})

t.test('a cancelled picture is not tried again', async (t) => {
  const { engine, run, meter } = createScriptedEngine(t, { workers: 1 })
  await engine.start()
  const stop = new AbortController()
  const bad = run({ id: 1, end: 'exit' }, { signal: stop.signal })
  stop.abort()
  await t.rejects(bad, { code: 'POSE_ERR_CANCELLED' })
  await run({ id: 2 })
  t.ok(meter.ends() <= 1)
})

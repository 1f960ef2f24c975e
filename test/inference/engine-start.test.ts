import t from 'tap'
import { createScriptedEngine } from './fixtures/scripted-engine.ts'

t.test('the first thread loads alone, and answers while the others load', async (t) => {
  const { engine, run, meter } = createScriptedEngine(t, { workers: 3, bootMs: 300 })
  const first = await run({ id: 7 })
  t.equal(first.width, 7)
  t.match(engine.status(), { state: 'loading', workers: { wanted: 3, ready: 1 } })
  await engine.usable()
  t.equal(engine.status().workers.ready, 1)
  await engine.start()
  t.match(engine.status(), { state: 'ready', workers: { ready: 3 } })
  t.equal(meter.boots(), 3)
})

t.test('close while models load waits for them, and starts no further thread', async (t) => {
  const { engine, run, meter } = createScriptedEngine(t, { workers: 2, bootMs: 150 })
  const started = engine.start()
  const accepted = run({ id: 1 })
  await engine.close()
  await started
  t.equal((await accepted).width, 1)
  t.equal(meter.boots(), 1)
})

t.test('close of an engine that never started', async (t) => {
  const { engine, meter } = createScriptedEngine(t)
  await engine.close()
  await engine.start()
  t.equal(meter.boots(), 0)
})

for (const [worker, reason] of [['throws-at-import-worker.mjs', /cannot be loaded/], ['exits-at-import-worker.mjs', /exited with code 7/]] as const) {
  t.test(`${worker}: broken, with a reason, and no picture hangs`, async (t) => {
    const { engine, run } = createScriptedEngine(t, { worker })
    const early = run({ id: 1 })
    await t.rejects(early, { code: 'POSE_ERR_MODEL_BROKEN', message: reason })
    await engine.start()
    t.match(engine.status(), { state: 'broken', reason, workers: { ready: 0 } })
    await t.rejects(run({ id: 2 }), { code: 'POSE_ERR_MODEL_BROKEN' })
    await engine.close()
  })
}

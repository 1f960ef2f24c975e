import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createScriptedEngine } from './fixtures/scripted-engine.ts'

async function until (holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5)
}

t.test('a worker dies later and its replacement fails once', async (t) => {
  const { engine, run, meter } = createScriptedEngine(t, { workers: 2, failingBoots: [3, 3], retryMs: 300 })
  await engine.start()
  t.equal((await run({ id: 1, end: 'exit-once' })).width, 1, 'the other worker takes its picture')
  await until(() => engine.status().warnings.length === 2)
  t.match(engine.status(), { state: 'ready', workers: { wanted: 2, ready: 1 } })
  t.equal((await run({ id: 2 })).width, 2)
  await until(() => engine.status().workers.ready === 2)
  t.equal(engine.status().warnings.length, 1)
  t.equal(meter.boots(), 4)
})

t.test('the only worker dies and its replacement fails once', async (t) => {
  const { engine, run } = createScriptedEngine(t, { workers: 1, failingBoots: [2, 2], retryMs: 300 })
  await engine.start()
  const lost = run({ id: 1, end: 'exit-once' })
  const waiting = [2, 3, 4].map((id) => run({ id }))
  const results = await Promise.allSettled([lost, ...waiting])
  t.match(results[0], { reason: { code: 'POSE_ERR_MODEL_BROKEN' } })
  t.match(results[3], { reason: { code: 'POSE_ERR_MODEL_BROKEN' } }, 'nothing waits in a broken engine')
  t.match(engine.status(), { state: 'broken', waiting: 0, running: 0 })
  await until(() => engine.status().state === 'ready')
  t.equal((await run({ id: 5 })).width, 5)
})

t.test('close ends the tries, and waits for a thread that still loads', async (t) => {
  const { engine, run, meter, logged } = createScriptedEngine(t, { workers: 1, failingBoots: [1, Infinity], afterFailureMs: 150, retryMs: 50 })
  await engine.start()
  await engine.close()
  const boots = meter.boots()
  t.equal(meter.failedLoads(), boots, 'no load was cut off')
  const lines = logged.length
  await sleep(200)
  t.equal(meter.boots(), boots)
  t.equal(logged.length, lines)
  await t.rejects(run({ id: 1 }), { code: 'POSE_ERR_SHUTTING_DOWN' })
})

t.test('close finishes what was accepted, though a replacement cannot load', async (t) => {
  const { engine, run, meter } = createScriptedEngine(t, { workers: 2, failingBoots: [3, Infinity], retryMs: 5 })
  await engine.start()
  const work = [...Array(12).keys()].map((id) => run({ id, busyMs: 20, ...(id === 3 && { end: 'exit-once' }) }))
  await sleep(10)
  await engine.close()
  t.same((await Promise.all(work)).map(({ width }) => width), [...Array(12).keys()])
  t.equal(meter.boots(), 3, 'no further try once it closes')
})

import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createPoseError } from '../../src/errors.ts'
import { createScriptedEngine } from './fixtures/scripted-engine.ts'

const ids = (count: number) => Array.from({ length: count }, (_, id) => id)

t.test('status follows start, work and close', async (t) => {
  const { engine, run } = createScriptedEngine(t, { workers: 2 })
  t.match(engine.status(), { state: 'idle', reason: null, workers: { wanted: 2, ready: 0 }, device: { name: 'cuda' }, detector: null, waiting: 0, running: 0 })
  const started = engine.start()
  t.equal(engine.status().state, 'loading')
  await started
  t.match(engine.status(), {
    state: 'ready',
    workers: { wanted: 2, ready: 2 },
    device: { name: 'cpu' },
    warnings: ['cuda could not be had'],
    detector: { id: 'test-detector' },
    pose: { id: 'test-pose' }
  })
  t.equal(engine.status().warnings.length, 1, 'the same warning of two workers stands once')
  const work = ids(7).map((id) => run({ id, busyMs: 60 }))
  t.match(engine.status(), { waiting: 3, running: 4 }, 'two pictures per worker, the rest waits')
  await Promise.all(work)
  t.match(engine.status(), { waiting: 0, running: 0 })
  await engine.close()
  t.equal(engine.status().state, 'closing')
  await t.rejects(run({ id: 1 }), { code: 'POSE_ERR_SHUTTING_DOWN' })
})

t.test('an idle engine loads at the first picture', async (t) => {
  const { engine, run, meter } = createScriptedEngine(t, { workers: 1 })
  t.equal(meter.boots(), 0)
  const estimate = await run({ id: 5, people: 3 })
  t.match(estimate, { width: 5, height: 1, times: { decodeMs: 1, detectMs: 2, poseMs: 3 } })
  t.equal(estimate.people.length, 3)
  t.ok(estimate.times.queueMs > 0, 'loading counts as waiting')
  t.equal(engine.status().state, 'ready')
  t.equal(meter.boots(), 1)
})

t.test('the bytes of the caller stay whole', async (t) => {
  const { engine } = createScriptedEngine(t, { workers: 1 })
  const bytes = new Uint8Array(Buffer.from('{"id":8}'))
  await engine.estimate(bytes, { boxSource: { kind: 'detector' }, priority: 'single', signal: new AbortController().signal })
  t.equal(Buffer.from(bytes).toString(), '{"id":8}')
  const pooled = Buffer.from('{"id":9}') as Uint8Array<ArrayBuffer>
  t.ok(pooled.buffer.byteLength > pooled.byteLength, 'a view into memory shared with others')
  const estimate = await engine.estimate(pooled, { boxSource: { kind: 'detector' }, priority: 'single', signal: new AbortController().signal })
  t.equal(estimate.width, 9)
})

t.test('interactive before single before batch, in order of arrival inside a class', async (t) => {
  const { engine, run } = createScriptedEngine(t, { workers: 1 })
  await engine.start()
  const finished: number[] = []
  const add = (id: number, priority: 'batch' | 'single' | 'interactive') => run({ id, busyMs: 10 }, { priority }).then(() => finished.push(id))
  const work = [
    add(0, 'batch'), add(1, 'batch'),
    add(20, 'batch'), add(21, 'batch'), add(10, 'single'), add(11, 'single'), add(2, 'interactive'), add(3, 'interactive')
  ]
  await Promise.all(work)
  t.same(finished, [0, 1, 2, 3, 10, 11, 20, 21])
})

t.test('further pictures are refused when the queue is full', async (t) => {
  const { engine, run } = createScriptedEngine(t, { workers: 1, queueSize: 2 })
  await engine.start()
  const results = await Promise.allSettled(ids(6).map((id) => run({ id, busyMs: 20 })))
  t.same(results.map((result) => result.status), [...new Array(4).fill('fulfilled'), ...new Array(2).fill('rejected')])
  t.match(results[5], { reason: { errorName: 'QUEUE_FULL', statusCode: 503 } })
})

t.test('cancelling', async (t) => {
  const { engine, run, meter } = createScriptedEngine(t, { workers: 1 })
  await engine.start()
  const withdraw = new AbortController()
  const stop = new AbortController()
  const running = run({ id: 0, decodeMs: 500, busyMs: 5000 }, { signal: stop.signal })
  const other = run({ id: 1, busyMs: 5 })
  const waiting = run({ id: 2 }, { signal: withdraw.signal })
  withdraw.abort()
  await t.rejects(waiting, { code: 'POSE_ERR_CANCELLED' })
  t.equal(engine.status().waiting, 0)
  while (meter.begun() < 1) await sleep(5)
  stop.abort(createPoseError('TIME_BUDGET', 'picture 1 of 1'))
  const before = performance.now()
  await t.rejects(running, { code: 'POSE_ERR_TIME_BUDGET' }, 'the reason is handed on when it is an error of ours')
  t.ok(meter.now() > 0, 'the caller does not wait for the thread')
  await other
  await engine.close()
  t.ok(performance.now() - before < 3000, 'the thread saw the flag and left out the network')
  t.equal(meter.begun(), 2, 'the withdrawn picture never reached a thread')
  await t.rejects(run({ id: 3 }, { signal: AbortSignal.abort() }), { code: 'POSE_ERR_SHUTTING_DOWN' })
})

t.test('a failure of one picture is its own', async (t) => {
  const { engine, run } = createScriptedEngine(t, { workers: 1 })
  await engine.start()
  const good = run({ id: 1 })
  await t.rejects(run({ id: 2, fail: 'IMAGE_UNREADABLE' }), { code: 'POSE_ERR_IMAGE_UNREADABLE', message: /picture 2/ })
  await t.rejects(run({ id: 3, end: 'handler-throws' }), { code: 'POSE_ERR_INFERENCE_FAILED', message: /thrown by the handler/ })
  t.equal((await good).width, 1)
  t.match(engine.status(), { state: 'ready', workers: { ready: 1 } })
})

t.test('idle workers share the crops of one picture', async (t) => {
  const { engine, run, meter } = createScriptedEngine(t, { workers: 3 })
  await engine.start()
  const { people, width, times } = await run({ id: 77, people: 5 })
  t.equal(meter.crops(), 3)
  t.equal(width, 77)
  // The fixture's people have three points each, far apart, so suppression leaves all of them.
  t.same(people.map(({ bbox }) => bbox[0]), [0, 20, 40, 60, 80], 'together again in the order of their boxes')
  t.match(times, { decodeMs: 1, detectMs: 2, poseMs: 22 }, 'the longest share counts')

  await run({ id: 1, people: 2 })
  t.equal(meter.crops(), 5, 'two people: two shares')
  await run({ id: 2, people: 4 }, { boxSource: { kind: 'boxes', boxes: [[0, 0, 1, 1]] } })
  t.equal(meter.crops(), 5, 'drawn boxes are not spread')
  await Promise.all(ids(12).map((id) => run({ id, people: 4, busyMs: 5 })))
  t.ok(meter.crops() <= 5 + 2 * 4, 'under load a picture stays in its thread')
})

t.test('close finishes what was accepted and leaves no thread', async (t) => {
  const { engine, run, meter } = createScriptedEngine(t, { workers: 2 })
  await engine.start()
  const work = ids(20).map((id) => run({ id, busyMs: 10 }))
  await sleep(15)
  const closing = engine.close()
  await t.rejects(run({ id: 100 }), { code: 'POSE_ERR_SHUTTING_DOWN' })
  t.same((await Promise.all(work)).map(({ width }) => width), ids(20))
  await closing
  t.equal(meter.begun(), 20)
})

t.test('hundreds of pictures under one signal raise no warning about listeners', async (t) => {
  const { run } = createScriptedEngine(t, { workers: 2 })
  const raised: string[] = []
  const note = (warning: Error) => { raised.push(warning.name) }
  process.on('warning', note)
  t.teardown(() => process.off('warning', note))
  const { signal } = new AbortController()
  await Promise.all(ids(300).map((id) => run({ id, busyMs: 0 }, { signal })))
  await sleep(10)
  t.same(raised, [])
})

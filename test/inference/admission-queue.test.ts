import t from 'tap'
import { createPoseError } from '../../src/errors.ts'
import { createAdmissionQueue } from '../../src/inference/admission-queue.ts'
import type { Priority } from '../../src/inference/pose-engine.ts'

const { signal } = new AbortController()
const settled = () => new Promise((resolve) => setImmediate(resolve))

/** Work that ends when told, and a note of the order in which it began. */
function createWork () {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  return {
    begun,
    end: async (name: string) => { ends.get(name)?.(); await settled() },
    make: (name: string) => () => new Promise<string>((resolve) => {
      begun.push(name)
      ends.set(name, () => { resolve(name) })
    })
  }
}

t.test('classes, and order of arrival inside a class', async (t) => {
  const queue = createAdmissionQueue({ slots: 1, limit: 10 })
  const work = createWork()
  const add = (name: string, priority: Priority) => queue.run(priority, signal, work.make(name))
  const results = [add('first', 'batch'), add('job', 'background'), add('b1', 'batch'), add('s1', 'single'), add('b2', 'batch'), add('i1', 'interactive'), add('s2', 'single'), add('i2', 'interactive')]
  t.same(work.begun, ['first'], 'a free slot is taken at once')
  t.match(queue, { waiting: 7, running: 1 })
  for (const name of ['first', 'i1', 'i2', 's1', 's2', 'b1', 'b2', 'job']) await work.end(name)
  t.same(work.begun, ['first', 'i1', 'i2', 's1', 's2', 'b1', 'b2', 'job'])
  t.same(await Promise.all(results), ['first', 'job', 'b1', 's1', 'b2', 'i1', 's2', 'i2'], 'each caller gets its own')
  t.match(queue, { waiting: 0, running: 0 })
})

t.test('the bound counts what waits, not what runs', async (t) => {
  const queue = createAdmissionQueue({ slots: 2, limit: 1 })
  const work = createWork()
  const accepted = ['a', 'b', 'c'].map((name) => queue.run('batch', signal, work.make(name)))
  await t.rejects(queue.run('interactive', signal, work.make('d')), { code: 'POSE_ERR_QUEUE_FULL', message: /1 waiting/ })
  await work.end('a')
  accepted.push(queue.run('batch', signal, work.make('e')))
  for (const name of ['b', 'c', 'e']) await work.end(name)
  t.same(await Promise.all(accepted), ['a', 'b', 'c', 'e'])

  const own = createAdmissionQueue({ slots: 0, limit: 0, createFullError: (waiting) => new Error(`full at ${waiting}`) })
  await t.rejects(own.run('batch', signal, work.make('f')), { message: 'full at 0' })
})

t.test('a signal withdraws what waits, not what runs', async (t) => {
  const queue = createAdmissionQueue({ slots: 1, limit: 10 })
  const work = createWork()
  const stop = new AbortController()
  const running = queue.run('batch', stop.signal, work.make('running'))
  const waiting = queue.run('batch', stop.signal, work.make('waiting'))
  const other = queue.run('batch', signal, work.make('other'))
  stop.abort()
  await t.rejects(waiting, { code: 'POSE_ERR_CANCELLED' })
  await t.rejects(queue.run('batch', stop.signal, work.make('late')), { code: 'POSE_ERR_CANCELLED' })
  t.match(queue, { waiting: 1, running: 1 })
  await work.end('running')
  t.equal(await running, 'running')
  await work.end('other')
  t.equal(await other, 'other')
  t.same(work.begun, ['running', 'other'])

  const spent = new AbortController()
  queue.setSlots(0)
  const reasoned = queue.run('batch', spent.signal, work.make('never'))
  spent.abort(createPoseError('TIME_BUDGET', 'picture 3 of 9'))
  await t.rejects(reasoned, { code: 'POSE_ERR_TIME_BUDGET' }, 'a reason of our own is handed on')
})

t.test('slots can be added, taken away and held back', async (t) => {
  const queue = createAdmissionQueue({ slots: 0, limit: 10 })
  const work = createWork()
  for (const name of ['a', 'b', 'c', 'd']) queue.run('batch', signal, work.make(name))
  t.same(work.begun, [])
  queue.setSlots(2)
  t.same(work.begun, ['a', 'b'])
  queue.setSlots(1)
  await work.end('a')
  t.same(work.begun, ['a', 'b'], 'the running one ends first')
  await work.end('b')
  t.same(work.begun, ['a', 'b', 'c'])
  queue.setSlots(0)
  await work.end('c')
  t.match(queue, { waiting: 1, running: 0 })
  queue.setSlots(1)
  t.same(work.begun, ['a', 'b', 'c', 'd'])
  await work.end('d')
})

t.test('a failure frees its slot and reaches its caller', async (t) => {
  const queue = createAdmissionQueue({ slots: 1, limit: 10 })
  const failing = queue.run('batch', signal, async () => { throw new Error('no network') })
  const next = queue.run('batch', signal, async () => 'next')
  await t.rejects(failing, { message: 'no network' })
  t.equal(await next, 'next')
})

t.test('whenEmpty and rejectWaiting', async (t) => {
  const queue = createAdmissionQueue({ slots: 1, limit: 10 })
  await queue.whenEmpty()
  const work = createWork()
  const running = queue.run('batch', signal, work.make('running'))
  const waiting = queue.run('single', signal, work.make('waiting'))
  let isEmpty = false
  const empty = queue.whenEmpty().then(() => { isEmpty = true })
  queue.rejectWaiting(() => createPoseError('MODEL_BROKEN', 'no file'))
  await t.rejects(waiting, { code: 'POSE_ERR_MODEL_BROKEN' })
  await settled()
  t.notOk(isEmpty, 'something still runs')
  await work.end('running')
  await empty
  t.equal(await running, 'running')

  queue.setSlots(0)
  const stop = new AbortController()
  const last = queue.run('batch', stop.signal, work.make('last'))
  const emptyAgain = queue.whenEmpty()
  stop.abort()
  await t.rejects(last, { code: 'POSE_ERR_CANCELLED' })
  await emptyAgain
})

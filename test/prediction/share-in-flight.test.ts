import t from 'tap'
import { createShareInFlight } from '../../src/prediction/share-in-flight.ts'

t.test('the same key is computed once, another one for itself', async (t) => {
  const { share } = createShareInFlight<number>()
  let runs = 0
  const work = async () => { await new Promise((resolve) => setImmediate(resolve)); return ++runs }
  const { signal } = new AbortController()
  t.same(await Promise.all([share('a', signal, work), share('a', signal, work), share('b', signal, work)]), [1, 1, 2])
  t.equal(await share('a', signal, work), 3, 'what has landed is not shared')
})

t.test('a caller that leaves does not call off the others', async (t) => {
  const { share } = createShareInFlight<string>()
  let finish = (_value: string) => {}
  let workSignal: AbortSignal | undefined
  const work = (signal: AbortSignal) => { workSignal = signal; return new Promise<string>((resolve) => { finish = resolve }) }
  const [first, second] = [new AbortController(), new AbortController()]
  const answers = [share('a', first.signal, work), share('a', second.signal, work)]
  first.abort()
  await t.rejects(answers[0]!, { code: 'POSE_ERR_CANCELLED' })
  t.equal(workSignal!.aborted, false)
  finish('done')
  t.equal(await answers[1], 'done')
})

t.test('when all have left the work is called off, and whoever comes next starts anew', async (t) => {
  const { share } = createShareInFlight<string>()
  const signals: AbortSignal[] = []
  const work = (signal: AbortSignal) => { signals.push(signal); return new Promise<string>((_resolve, reject) => { signal.addEventListener('abort', () => { reject(new Error('called off')) }) }) }
  const [first, second] = [new AbortController(), new AbortController()]
  const answers = [share('a', first.signal, work), share('a', second.signal, work)]
  first.abort()
  second.abort()
  await Promise.all(answers.map((answer) => t.rejects(answer, { code: 'POSE_ERR_CANCELLED' })))
  t.equal(signals[0]!.aborted, true)
  t.equal(await share('a', new AbortController().signal, async () => 'new'), 'new')
  await t.rejects(share('b', first.signal, work), { code: 'POSE_ERR_CANCELLED' })
  t.equal(signals.length, 1, 'nothing begins for somebody who has left')
})

t.test('failures reach all callers', async (t) => {
  const { share } = createShareInFlight<string>()
  const { signal } = new AbortController()
  const work = async () => { throw new Error('broken') }
  await Promise.all([share('a', signal, work), share('a', signal, work)].map((answer) => t.rejects(answer, { message: 'broken' })))
})

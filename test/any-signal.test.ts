import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { anySignal } from '../src/any-signal.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

t.test('a time limit that nobody else holds still ends what waits', async (t) => {
  const caller = new AbortController()
  const signals = Array.from({ length: 20 }, () => anySignal([caller.signal, AbortSignal.timeout(150)]))
  const ends = Promise.all(signals.map((signal) => once(signal, 'abort')))
  for (let i = 0; i < 5; i++) {
    await sleep(10)
    collectGarbage()
  }
  // Time limits hold no process, so this wait does.
  const waited = new AbortController()
  t.equal(await Promise.race([ends.then(() => 'all'), sleep(5000, 'not all', { signal: waited.signal })]), 'all')
  waited.abort()
  for (const { reason } of signals) t.equal(reason.name, 'TimeoutError')
})

t.test('the first that aborts gives its reason', async (t) => {
  const [first, second] = [new AbortController(), new AbortController()]
  const signal = anySignal([first.signal, second.signal])
  t.equal(signal.aborted, false)
  second.abort('second')
  first.abort('first')
  t.equal(signal.reason, 'second')
  t.equal(anySignal([second.signal]).aborted, true)
})

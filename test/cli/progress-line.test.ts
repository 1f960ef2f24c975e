import t from 'tap'
import { createTerminal } from '../../src/cli/create-terminal.ts'
import { createProgressLine, type ProgressLineOptions } from '../../src/cli/progress-line.ts'

/** A line on a terminal of so many columns (0: none), with a clock that the test sets in seconds. */
function watch (columns: number, options: Partial<ProgressLineOptions> = {}) {
  let [text, seconds] = ['', 0]
  const write = (piece: string | Uint8Array) => { text += String(piece); return true }
  const line = createProgressLine(createTerminal({ write }, { write, isTTY: columns > 0, columns }), { unit: 'pictures', now: () => seconds * 1000, ...options })
  return {
    line,
    at (now: number) { seconds = now },
    /** What was written since the last call, without the codes that clear the line. */
    written () {
      const lines = text.split('\r\x1b[2K').filter((piece) => piece !== '')
      text = ''
      return lines
    }
  }
}

t.test('bar, share, time left, counts, rate, people and failures', async (t) => {
  const { line, at, written } = watch(120)
  line.update({ done: 0, total: 1000, failed: 0, people: 0 })
  t.same(written(), ['[....................] 0 %, 0 of 1000 pictures, 0 people'], 'nothing is said of what is not known yet')
  at(20)
  line.update({ done: 100, total: 1000, failed: 2, people: 134 })
  t.same(written(), ['[##..................] 10 %, 3 min left, 100 of 1000 pictures, 5.0/s, 134 people, 2 failed'])
  at(20.05)
  line.update({ done: 101, total: 1000, failed: 2, people: 135 })
  t.same(written(), [], 'not at every picture')
  line.update({ done: 1000, total: 1000, failed: 2, people: 900 })
  t.match(written(), [/^\[#{20}\] 100 %, 1000 of 1000 pictures, /], 'but at the last one')
  line.end()
  t.same(written(), [])
})

t.test('the rate is that of the last half minute', async (t) => {
  const { line, at, written } = watch(120)
  for (let second = 0; second <= 100; second++) {
    at(second)
    line.update({ done: second * 10, total: 100_000, failed: 0 })
  }
  for (let second = 101; second <= 160; second++) {
    at(second)
    line.update({ done: 1000 + (second - 100) / 4, total: 100_000, failed: 0 })
  }
  t.match(written().at(-1), ', 15.0/min', 'four seconds for one, although the first minutes were quick')
})

t.test('what was done before a run is no part of its rate', async (t) => {
  const { line, at, written } = watch(120)
  line.update({ done: 900, total: 1000, failed: 0 })
  at(10)
  line.update({ done: 910, total: 1000, failed: 0 })
  t.match(written().at(-1), '91 %, 1 min 30 s left, 910 of 1000 pictures, 1.0/s')
})

t.test('without a known total there is neither bar nor share nor time left', async (t) => {
  const { line, at, written } = watch(120)
  line.update({ done: 0, total: null, failed: 0 })
  at(2)
  line.update({ done: 50, total: null, failed: 1 })
  line.update({ done: 0, total: 0, failed: 0 })
  t.same(written(), ['0 pictures', '50 pictures, 25/s, 1 failed', '[####################] 100 %, 0 of 0 pictures'])
})

t.test('a narrow terminal goes without the bar', async (t) => {
  const { line, written } = watch(40)
  line.update({ done: 1, total: 3, failed: 0 })
  t.same(written(), ['33 %, 1 of 3 pictures'])
})

t.test('where nobody watches, a note at intervals and nothing else', async (t) => {
  const { line, at, written } = watch(0, { noteEveryMs: 5000 })
  for (let second = 0; second <= 11; second++) {
    at(second)
    line.update({ done: second, total: 100_000, failed: 0 })
  }
  line.end()
  t.same(written(), ['0 %, 1 d 3 h left, 5 of 100000 pictures, 1.0/s\n0 %, 1 d 3 h left, 10 of 100000 pictures, 1.0/s\n'])
})

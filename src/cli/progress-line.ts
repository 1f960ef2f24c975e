import type { Terminal } from './command.ts'
import { describeDuration } from './describe-duration.ts'
import { renderBar } from './render-bar.ts'

export interface Progress {
  /** Units that need no further work, those that failed included. */
  done: number
  /** null: not known (yet); it may change while the work goes on. */
  total: number | null
  failed: number
  people?: number
}

export interface ProgressLine {
  /** Call it once before the first unit is done, so that the rate has a beginning, and then after each. */
  update (progress: Progress): void
  /** Takes the line away. */
  end (): void
}

export interface ProgressLineOptions {
  /** What is counted, in the plural: "pictures". */
  unit: string
  /** Without a terminal: milliseconds from one note to the next, 30 s by default. */
  noteEveryMs?: number
  /** Milliseconds of a clock that never goes back. */
  now?: () => number
}

const refreshMs = 100
/** The rate is that of the recent past: what was quick at the beginning says nothing of the end. */
const windowMs = 30_000
const sampleMs = 500
/** A rate over less would be chance. */
const leastWindowMs = 1000

/**
 * How far long work is, in one line that changes: bar, share, time left, counts, rate, failures. Where nobody watches
 * (a file, a pipe) a plain note at intervals, and nothing else.
 */
export function createProgressLine (terminal: Terminal, { unit, noteEveryMs = 30_000, now = () => performance.now() }: ProgressLineOptions): ProgressLine {
  /** Of the last half minute and one before, oldest first. */
  const samples: Array<{ at: number, done: number }> = []
  const started = now()
  let shown: number | null = null
  let noted = started

  /** Units per millisecond; null as long as nothing can be said. */
  function rateOf (at: number, done: number): number | null {
    const oldest = samples[0]!
    return at - oldest.at < leastWindowMs || done <= oldest.done ? null : (done - oldest.done) / (at - oldest.at)
  }

  function keepSample (at: number, done: number): void {
    if (samples.length > 0 && at - samples.at(-1)!.at < sampleMs) return
    samples.push({ at, done })
    while (samples.length > 2 && at - samples[1]!.at >= windowMs) samples.shift()
  }

  return {
    update (progress) {
      const at = now()
      keepSample(at, progress.done)
      if (terminal.columns === 0) {
        if (at - noted < noteEveryMs) return
        noted = at
        terminal.note(describe(progress, rateOf(at, progress.done), unit))
        return
      }
      const isLast = progress.done === progress.total
      if (!isLast && shown !== null && at - shown < refreshMs) return
      shown = at
      const text = describe(progress, rateOf(at, progress.done), unit)
      const bar = progress.total === null ? '' : `${renderBar(shareOf(progress.done, progress.total))} `
      // What it says is worth more than how it looks.
      terminal.progress(bar.length + text.length < terminal.columns ? bar + text : text)
    },
    end () {
      terminal.progress('')
    }
  }
}

function shareOf (done: number, total: number): number {
  return total === 0 ? 1 : Math.min(done / total, 1)
}

function describe ({ done, total, failed, people }: Progress, rate: number | null, unit: string): string {
  return [
    ...(total === null ? [] : [`${Math.floor(shareOf(done, total) * 100)} %`]),
    ...(total === null || rate === null || done >= total ? [] : [`${describeDuration((total - done) / rate)} left`]),
    total === null ? `${done} ${unit}` : `${done} of ${total} ${unit}`,
    ...(rate === null ? [] : [describeRate(rate)]),
    ...(people === undefined ? [] : [`${people} people`]),
    ...(failed === 0 ? [] : [`${failed} failed`])
  ].join(', ')
}

function describeRate (perMs: number): string {
  const perSecond = perMs * 1000
  return perSecond >= 1 ? `${perSecond.toFixed(perSecond >= 10 ? 0 : 1)}/s` : `${(perSecond * 60).toFixed(1)}/min`
}

import type { CheckLine } from '../check/check-report.ts'

const colours: Readonly<Record<CheckLine['state'], number>> = { ok: 32, failed: 31, warning: 33, skipped: 90 }
const width = Math.max(...Object.keys(colours).map((state) => state.length))

/** The report for a person: a line per finding, and one more with what to do. */
export function renderCheckReport (lines: readonly CheckLine[], hasColours: boolean): string[] {
  return lines.flatMap(({ state, title, sentence, remedy }) => {
    const word = state.padEnd(width)
    const painted = hasColours ? `\x1b[${colours[state]}m${word}\x1b[0m` : word
    return [`${painted}  ${title}: ${sentence}`, ...(remedy === undefined ? [] : [`${' '.repeat(width)}  ${remedy}`])]
  })
}

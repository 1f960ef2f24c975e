import { escapeHtml } from './escape-html.ts'

/** Of the plotting area, in units of the drawing. */
export interface PlotFrame { x: (share: number) => number, y: (share: number) => number }

const [width, height] = [420, 250]
const [left, right, top, bottom] = [44, 408, 12, 206]
const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1]

export interface PlotOptions {
  /** For readers who do not see it. */
  title: string
  xTitle: string
  yTitle: string
  /** Value at the top of the y axis, whose bottom is 0. */
  yMost?: number
  /** Labels in even steps below the x axis; absent: 0 to 1. */
  xLabels?: readonly string[]
  draw: (frame: PlotFrame) => string
}

/** A plot as an inline drawing: grid, axes, and what `draw` puts in; its colours are classes of the page. */
export function renderPlot ({ title, xTitle, yTitle, yMost = 1, xLabels, draw }: PlotOptions): string {
  const frame: PlotFrame = { x: (share) => left + share * (right - left), y: (share) => bottom - share * (bottom - top) }
  const yTicks = yMost === 1 ? ticks : wholeTicks(yMost)
  const grid = yTicks.map((tick) => {
    const y = frame.y(tick / yMost)
    return `<line class="grid" x1="${left}" x2="${right}" y1="${f(y)}" y2="${f(y)}"/><text class="tick" x="${left - 6}" y="${f(y + 4)}" text-anchor="end">${tick}</text>`
  })
  const labels = xLabels === undefined
    ? ticks.map((tick) => ({ at: tick, text: String(tick) }))
    : xLabels.map((text, index) => ({ at: (index + 0.5) / xLabels.length, text }))
  const below = labels.map(({ at, text }) => `<text class="tick" x="${f(frame.x(at))}" y="${bottom + 16}" text-anchor="middle">${escapeHtml(text)}</text>`)
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(title)}">
${grid.join('')}${below.join('')}
${draw(frame)}
<line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>
<text class="axis-title" x="${(left + right) / 2}" y="${height - 6}" text-anchor="middle">${escapeHtml(xTitle)}</text>
<text class="axis-title" transform="translate(11 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escapeHtml(yTitle)}</text>
</svg>`
}

/** A number of the drawing, short. */
export function f (value: number): string {
  return String(Math.round(value * 10) / 10)
}

/** A few whole numbers from 0 on, up to `most`. */
function wholeTicks (most: number): number[] {
  const steps = [1, 2, 5].flatMap((digit) => [1, 10, 100, 1000, 1e4, 1e5, 1e6].map((power) => digit * power)).sort((a, b) => a - b)
  const step = steps.find((candidate) => most / candidate <= 5) ?? most
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step)
}

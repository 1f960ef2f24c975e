import { measuredParts, partTitles, percent, predictedPoints } from '../print-quality.ts'
import type { PartQuality, QualityReport } from '../quality-report.ts'
import type { ReliabilityBand } from '../score-outcomes.ts'
import { f, renderPlot } from './render-plot.ts'

/** People by their OKS. */
export function renderOksHistogram (steps: readonly number[]): string {
  const most = Math.max(5, ...steps)
  return renderPlot({
    title: 'How many people have which OKS',
    xTitle: 'OKS over all points',
    yTitle: 'people',
    yMost: most,
    draw: ({ x, y }) => steps.map((people, step) => people === 0
      ? ''
      : `<rect class="first" x="${f(x(step / steps.length) + 1)}" y="${f(y(people / most))}" width="${f(x(1 / steps.length) - x(0) - 2)}" height="${f(y(0) - y(people / most))}"><title>OKS ${(step / steps.length).toFixed(2)} to ${((step + 1) / steps.length).toFixed(2)}: ${people} people</title></rect>`).join('')
  })
}

/** OKS, PCK and AP of each part beside each other. */
export function renderPartBars (report: QualityReport): string {
  return renderBars(measuredParts(report), 'OKS, PCK and AP per part', 'share', [
    { style: 'first', title: 'OKS', of: ({ oks }) => oks },
    { style: 'second', title: 'PCK@0.05', of: ({ pck05 }) => pck05 },
    { style: 'third', title: 'AP', of: ({ ap }) => ap }
  ])
}

/** What became of the predicted points of each part. */
export function renderCorrectionBars (report: QualityReport): string {
  const share = (change: keyof PartQuality['corrections']) => (part: PartQuality): number | null => predictedPoints(part) === 0 ? null : Math.min(1, part.corrections[change] / predictedPoints(part))
  return renderBars(measuredParts(report), 'Points moved, deleted and added per part', 'share of predicted points', [
    { style: 'first', title: 'moved', of: share('moved') },
    { style: 'second', title: 'deleted', of: share('deleted') },
    { style: 'third', title: 'added', of: share('added') }
  ])
}

interface Series { style: string, title: string, of: (part: PartQuality) => number | null }

function renderBars (parts: readonly PartQuality[], title: string, yTitle: string, series: readonly Series[]): string {
  return renderPlot({
    title,
    xTitle: '',
    yTitle,
    xLabels: parts.map(({ name }) => partTitles[name]),
    draw: ({ x, y }) => parts.flatMap((part, index) => series.map(({ style, title, of }, place) => {
      const value = of(part)
      if (value === null) return ''
      const bar = 0.8 / parts.length / series.length
      const from = (index + 0.1) / parts.length + place * bar
      return `<rect class="${style}" x="${f(x(from))}" y="${f(y(value))}" width="${f(x(bar) - x(0) - 1)}" height="${f(y(0) - y(value))}"><title>${partTitles[part.name]}, ${title}: ${percent(value)}</title></rect>`
    })).join('')
  })
}

/** What scores say against what is right. */
export function renderReliability ({ bands, calibrated }: QualityReport['reliability']): string {
  return renderPlot({
    title: 'Share of right points by score',
    xTitle: 'score of the point',
    yTitle: 'share that was right',
    draw ({ x, y }) {
      const curve = (from: readonly ReliabilityBand[], style: string): string => {
        const places = from.map(({ score, right }) => `${f(x(score))},${f(y(right))}`)
        const dots = from.map(({ score, right, points }, index) => `<circle class="${style}" cx="${places[index]!.split(',')[0]}" cy="${places[index]!.split(',')[1]}" r="4"><title>score ${score.toFixed(2)}: ${percent(right)} of ${points} points right</title></circle>`)
        return `<polyline class="${style}" points="${places.join(' ')}"/>${dots.join('')}`
      }
      return `<line class="ideal" x1="${f(x(0))}" y1="${f(y(0))}" x2="${f(x(1))}" y2="${f(y(1))}"/>${curve(bands, 'first')}${calibrated === null ? '' : curve(calibrated.bands, 'third')}`
    }
  })
}

import type { KeypointSet } from '../../../models/keypoint-set.ts'
import type { ComparedPerson } from '../compared-person.ts'
import type { PictureDrawing } from '../quality-report.ts'

/** Pixels of the report that the longer side of a drawing has at most: what scale lines and dots are made for. */
const shown = 300

/** Skeletons of a picture, predicted and annotated over each other, cut to where people are. */
export function renderDrawing ({ size, people: { pairs, added, removed } }: PictureDrawing, set: KeypointSet): string {
  const predicted = [...pairs.map((pair) => pair.predicted), ...removed]
  const annotated = [...pairs.map(({ truth }) => truth), ...added]
  const [x1, y1, x2, y2] = bounds([...predicted, ...annotated])
  const extent = Math.max(x2 - x1, y2 - y1, 1)
  const margin = extent * 0.06
  const unit = extent / shown
  const r = (value: number): string => String(Math.round(value / unit * 2) / 2)
  const at = (x: number, y: number): string => `${r(x - x1 + margin)} ${r(y - y1 + margin)}`
  const frame = size === null ? '' : `<path class="frame" d="M${at(0, 0)}L${at(size.width, 0)}L${at(size.width, size.height)}L${at(0, size.height)}Z"/>`
  return `<svg viewBox="0 0 ${r(x2 - x1 + 2 * margin)} ${r(y2 - y1 + 2 * margin)}" aria-hidden="true">${frame}${annotated.map((person) => draw(person, 'annotated')).join('')}${predicted.map((person) => draw(person, 'predicted')).join('')}</svg>`

  function draw ({ points, bbox }: ComparedPerson, style: string): string {
    const has = (point: number): boolean => points[point * 3 + 2]! > 0
    const place = (point: number): string => at(points[point * 3]!, points[point * 3 + 1]!)
    const bones = set.links.filter(([a, b]) => has(a) && has(b)).map(([a, b]) => `M${place(a)}L${place(b)}`)
    // A line without length and with round ends is a dot.
    const dots = set.names.flatMap((_, point) => has(point) ? [`M${place(point)}h0`] : [])
    const box = `M${at(bbox[0], bbox[1])}L${at(bbox[2], bbox[1])}L${at(bbox[2], bbox[3])}L${at(bbox[0], bbox[3])}Z`
    return `<g class="${style}"><path class="box" d="${box}"/><path class="bones" d="${bones.join('')}"/><path class="dots" d="${dots.join('')}"/></g>`
  }
}

function bounds (people: readonly ComparedPerson[]): [number, number, number, number] {
  const [xs, ys]: [number[], number[]] = [[], []]
  for (const { bbox, points } of people) {
    xs.push(bbox[0], bbox[2])
    ys.push(bbox[1], bbox[3])
    for (let at = 0; at < points.length; at += 3) {
      if (points[at + 2]! <= 0) continue
      xs.push(points[at]!)
      ys.push(points[at + 1]!)
    }
  }
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
}

/**
 * AP and AR of keypoints as COCOeval of pycocotools and xtcocotools computes them (evaluateImg, accumulate, summarize), so that
 * the figures can be compared with published ones.
 * @see https://cocodataset.org/#keypoints-eval, https://github.com/ppwwyyxx/cocoapi, https://github.com/jin-s13/xtcocoapi
 */
import { cocoOks } from './coco-oks.ts'
import { hasPoint, type ComparedPerson } from './compared-person.ts'
import { createNumberList, type NumberList } from './number-list.ts'

/** 0..1 each; null where nobody is labelled in that range of areas. */
export interface PrecisionAndRecall {
  ap: number | null
  ap50: number | null
  ap75: number | null
  apMedium: number | null
  apLarge: number | null
  ar: number | null
  ar50: number | null
  ar75: number | null
  arMedium: number | null
  arLarge: number | null
}

export interface AveragePrecision {
  /** One picture after the other; the order decides between detections of the same score, as the ids of pictures do there. */
  add (predicted: readonly ComparedPerson[], truths: readonly ComparedPerson[]): void
  result (): PrecisionAndRecall
}

/** Both made as numpy.linspace makes them: at the thresholds themselves the last digit decides. */
const thresholds = linspace(0.5, 0.95, 10)
const recalls = linspace(0, 1, 101)
const mostDetections = 20
/** All, medium, large: square pixels, both ends included. */
const areaRanges = [[0, 1e10], [32 ** 2, 96 ** 2], [96 ** 2, 1e10]] as const

/** What is kept of a range of areas, per detection: one bit per threshold of `matched`, and above them one of `ignored`. */
interface Outcomes { flags: NumberList<Uint32Array>, positives: number }
const ignoredFrom = thresholds.length

/** @param range of points, first and last inclusive: each part is matched by itself */
export function createAveragePrecision (sigmas: readonly number[], range: { first: number, last: number }): AveragePrecision {
  const scores = createNumberList(Float64Array)
  const byArea = areaRanges.map((): Outcomes => ({ flags: createNumberList(Uint32Array), positives: 0 }))

  return {
    add (predicted, truths) {
      const detections = predicted.filter(({ points }) => hasPoint(points, range)).sort((a, b) => b.score - a.score).slice(0, mostDetections)
      for (const { score } of detections) scores.push(score)
      const similarities = detections.map(({ points }) => truths.map((truth) => cocoOks(points, truth, sigmas, range)))
      for (const [area, [least, most]] of areaRanges.entries()) {
        const isOutside = (size: number): boolean => size < least || size > most
        const isIgnored = truths.map((truth) => !hasPoint(truth.points, range) || isOutside(truth.area))
        const into = byArea[area]!
        into.positives += isIgnored.filter((ignored) => !ignored).length
        const matches = thresholds.map((threshold) => matchGreedily(similarities, isIgnored, threshold))
        for (const [index, { bbox: [x1, y1, x2, y2] }] of detections.entries()) {
          let flags = 0
          for (const [bit, match] of matches.entries()) {
            const truth = match[index]!
            if (truth >= 0) flags |= 1 << bit
            if (truth >= 0 ? isIgnored[truth]! : isOutside((x2 - x1) * (y2 - y1))) flags |= 1 << bit + ignoredFrom
          }
          into.flags.push(flags)
        }
      }
    },

    result () {
      const given = scores.values()
      const order = Uint32Array.from(given.keys()).sort((a, b) => given[b]! - given[a]! || a - b)
      const [all, medium, large] = byArea.map((outcomes) => accumulate(outcomes, order)) as [Curves, Curves, Curves]
      return {
        ap: mean(all.precisions),
        ap50: all.precisions[0] ?? null,
        ap75: all.precisions[5] ?? null,
        apMedium: mean(medium.precisions),
        apLarge: mean(large.precisions),
        ar: mean(all.recalls),
        ar50: all.recalls[0] ?? null,
        ar75: all.recalls[5] ?? null,
        arMedium: mean(medium.recalls),
        arLarge: mean(large.recalls)
      }
    }
  }
}

/**
 * The best detection chooses first, among the people nobody has taken; people to be ignored come last.
 * @param similarities rows of detections, the best first
 * @returns per detection whom it has got, -1: nobody
 */
function matchGreedily (similarities: ReadonlyArray<readonly number[]>, isIgnored: readonly boolean[], threshold: number): number[] {
  const order = isIgnored.map((_, truth) => truth).sort((a, b) => Number(isIgnored[a]) - Number(isIgnored[b]))
  const isTaken = new Set<number>()
  return similarities.map((row) => {
    let best = Math.min(threshold, 1 - 1e-10)
    let match = -1
    for (const truth of order) {
      if (isTaken.has(truth)) continue
      if (match >= 0 && !isIgnored[match] && isIgnored[truth]) break
      if (row[truth]! < best) continue
      best = row[truth]!
      match = truth
    }
    if (match >= 0) isTaken.add(match)
    return match
  })
}

/** Per threshold; empty where nobody is labelled. */
interface Curves { precisions: number[], recalls: number[] }

/** @param order of the detections, the best first */
function accumulate ({ flags, positives }: Outcomes, order: Uint32Array): Curves {
  const curves: Curves = { precisions: [], recalls: [] }
  if (positives === 0) return curves
  const found = flags.values()
  const [recall, precision] = [new Float64Array(order.length), new Float64Array(order.length)]
  for (const bit of thresholds.keys()) {
    let [right, wrong] = [0, 0]
    for (let rank = 0; rank < order.length; rank++) {
      const index = order[rank]!
      if ((found[index]! >> bit + ignoredFrom & 1) === 0) {
        if ((found[index]! >> bit & 1) === 1) right++
        else wrong++
      }
      recall[rank] = right / positives
      precision[rank] = right / (wrong + right + Number.EPSILON)
    }
    for (let at = precision.length - 1; at > 0; at--) precision[at - 1] = Math.max(precision[at - 1]!, precision[at]!)
    curves.precisions.push(sampleAtRecalls(recall, precision))
    curves.recalls.push(recall.at(-1) ?? 0)
  }
  return curves
}

/** The mean of the precision at 101 recalls, 0 at those that are not reached. */
function sampleAtRecalls (recall: Float64Array, precision: Float64Array): number {
  let at = 0
  let sum = 0
  for (const wanted of recalls) {
    while (at < recall.length && recall[at]! < wanted) at++
    sum += precision[at] ?? 0
  }
  return sum / recalls.length
}

function mean (values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

function linspace (from: number, to: number, count: number): number[] {
  const step = (to - from) / (count - 1)
  return Array.from({ length: count }, (_, index) => index === count - 1 ? to : index * step + from)
}

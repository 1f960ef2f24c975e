import { pointSimilarity, type Points } from '../../models/people/oks.ts'
import type { ComparedPerson } from './compared-person.ts'
import { hasPoint } from './compared-person.ts'

/**
 * Object keypoint similarity of a prediction and a labelled person, 0..1, as COCOeval.computeOks of pycocotools has it: the
 * mean over the points that are labelled, of exp(-d^2 / (2 area (2 sigma)^2)). A point that was not predicted lies at 0, 0,
 * because files of COCO say so. Without a labelled point in the range, the distance to the doubled box counts.
 * @param range of points, first and last inclusive
 * @see https://cocodataset.org/#keypoints-eval
 */
export function cocoOks (predicted: Points, truth: Pick<ComparedPerson, 'points' | 'bbox' | 'area'>, sigmas: readonly number[], range: { first: number, last: number }): number {
  const isLabelled = hasPoint(truth.points, range)
  let sum = 0
  let count = 0
  for (let point = range.first; point <= range.last; point++) {
    const at = point * 3
    if (isLabelled && truth.points[at + 2]! <= 0) continue
    const [dx, dy] = isLabelled
      ? [predicted[at]! - truth.points[at]!, predicted[at + 1]! - truth.points[at + 1]!]
      : distanceToDoubled(predicted[at]!, predicted[at + 1]!, truth.bbox)
    sum += pointSimilarity(dx * dx + dy * dy, truth.area, sigmas[point]!)
    count++
  }
  return sum / count
}

function distanceToDoubled (x: number, y: number, [x1, y1, x2, y2]: ComparedPerson['bbox']): [number, number] {
  const outside = (at: number, from: number, to: number): number => Math.max(0, from - (to - from) - at) + Math.max(0, at - (to + (to - from)))
  return [outside(x, x1, x2), outside(y, y1, y2)]
}

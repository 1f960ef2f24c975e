import { personScore } from '../../models/people/person-score.ts'
import type { Person } from '../../models/person.ts'

/**
 * Makes a person of a box and its pose: points below the threshold and points outside the picture become 0, 0, 0, and the
 * box is limited to the picture.
 * @param keypoints K x (x, y, confidence), unfiltered
 * @returns null when no point is left: a person of whom nothing was found is no help to an annotator
 */
export function toPerson (boxes: Float32Array, index: number, keypoints: Float64Array, threshold: number, width: number, height: number): Person | null {
  const at = index * 5
  const found = new Float64Array(keypoints.length)
  let count = 0
  for (let point = 0; point < keypoints.length; point += 3) {
    const confidence = keypoints[point + 2]!
    if (!(confidence > 0) || confidence < threshold) continue
    found[point] = keypoints[point]!
    found[point + 1] = keypoints[point + 1]!
    found[point + 2] = confidence
    count++
  }
  if (count === 0) return null
  const bboxScore = Math.min(Math.max(boxes[at + 4]!, 0), 1)
  return {
    bbox: [limit(boxes[at]!, width), limit(boxes[at + 1]!, height), limit(boxes[at + 2]!, width), limit(boxes[at + 3]!, height)],
    // From all points, so that the order of people does not depend on the threshold.
    score: personScore(bboxScore, keypoints),
    bboxScore,
    keypoints: found
  }
}

function limit (value: number, most: number): number {
  return Math.min(Math.max(value, 0), most)
}

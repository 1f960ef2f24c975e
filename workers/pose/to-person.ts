import { personScore } from '../../models/people/person-score.ts'
import type { Person } from '../../models/person.ts'

/**
 * Makes a person of a box and its pose; the box is limited to the picture.
 * @param boxes n x (x1, y1, x2, y2, score) in picture pixels
 * @param keypoints K x (x, y, confidence), as estimated
 */
export function toPerson (boxes: Float32Array, index: number, keypoints: Float64Array, width: number, height: number): Person {
  const at = index * 5
  const bboxScore = limit(boxes[at + 4]!, 1)
  return {
    bbox: [limit(boxes[at]!, width), limit(boxes[at + 1]!, height), limit(boxes[at + 2]!, width), limit(boxes[at + 3]!, height)],
    score: personScore(bboxScore, keypoints),
    bboxScore,
    keypoints
  }
}

function limit (value: number, most: number): number {
  return Math.min(Math.max(value, 0), most)
}

import type { Points } from './oks.ts'

/** Points below it say nothing about how well a person was found (mmpose's `bbox_keypoint` score). */
const COUNTED_FROM = 0.2

/** 0..1: the score of the box times the mean confidence of the points above 0.2; 0 without any. */
export function personScore (bboxScore: number, keypoints: Points): number {
  let sum = 0
  let count = 0
  for (let at = 2; at < keypoints.length; at += 3) {
    const confidence = keypoints[at]!
    if (confidence <= COUNTED_FROM) continue
    sum += confidence
    count++
  }
  return count > 0 ? bboxScore * sum / count : 0
}

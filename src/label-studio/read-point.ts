import type { Person } from '../../models/person.ts'
import type { RegionFrame } from './region-frame.ts'
import { toPercent } from './to-percent.ts'
import { toScore } from './to-score.ts'

/** A person's keypoint in percent of the picture with its confidence; null when it was not found. */
export function readPoint (person: Person, index: number, frame: Pick<RegionFrame, 'width' | 'height'>): { x: number, y: number, score: number } | null {
  const confidence = person.keypoints[index * 3 + 2] ?? 0
  if (!(confidence > 0)) return null
  const x = toPercent(person.keypoints[index * 3]!, frame.width)
  const y = toPercent(person.keypoints[index * 3 + 1]!, frame.height)
  return x === null || y === null ? null : { x, y, score: toScore(confidence) }
}

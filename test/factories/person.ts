import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { Person } from '../../models/person.ts'

interface PersonOverrides {
  bbox?: Person['bbox']
  score?: number
  /** Point index -> x, y, confidence. */
  points?: Record<number, readonly [x: number, y: number, confidence: number]>
  missing?: readonly number[]
}

/** A person whose points lie on a grid inside the box, each with a confidence of its own. */
export function buildPerson (set: KeypointSet, { bbox = [100, 50, 300, 450], score = 0.8, points = {}, missing = [] }: PersonOverrides = {}): Person {
  const [x1, y1, x2, y2] = bbox
  const keypoints = new Float64Array(set.names.length * 3)
  for (let index = 0; index < set.names.length; index++) {
    const [column, row] = [(index % 12 + 0.5) / 12, (Math.floor(index / 12) + 0.5) / 12]
    const point = points[index] ?? [x1 + column * (x2 - x1), y1 + row * (y2 - y1), 0.5 + index / 1000]
    keypoints.set(missing.includes(index) ? [0, 0, 0] : point, index * 3)
  }
  return { bbox, score, bboxScore: 0.9, keypoints }
}

import { keypointSets } from '../keypoint-sets.ts'
import type { KeypointSet } from '../keypoint-set.ts'
import type { ProjectCalibration } from './project-calibration.ts'

/**
 * Whether the calibrated points are the same points in another set. An interface that asks for the body alone does not tell
 * which set its predictions were of, and COCO's 17 are the first of all.
 */
export function fitsKeypointSet ({ keypointSet, groups }: ProjectCalibration, other: KeypointSet['id']): boolean {
  const [own, others] = [keypointSets[keypointSet].names, keypointSets[other].names]
  return groups.every(({ points }) => points.every((point) => own[point] === others[point]))
}

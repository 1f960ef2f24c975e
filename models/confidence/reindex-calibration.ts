import { keypointSets } from '../keypoint-sets.ts'
import type { KeypointSet } from '../keypoint-set.ts'
import type { ProjectCalibration } from './project-calibration.ts'

/**
 * The calibration for a network of another keypoint set, by the names of the points: an interface that asks for body and feet does not
 * tell which set its predictions were of, and the feet have other numbers in each. null: the other set lacks a calibrated point.
 */
export function reindexCalibration (calibration: ProjectCalibration, other: KeypointSet['id']): ProjectCalibration | null {
  const [own, others] = [keypointSets[calibration.keypointSet].names, keypointSets[other].names]
  const groups = calibration.groups.map(({ points, knots }) => ({ points: points.map((point) => others.indexOf(own[point]!)), knots }))
  return groups.some(({ points }) => points.includes(-1)) ? null : { ...calibration, keypointSet: other, groups }
}

import type { KeypointSet, PartName } from '../../models/keypoint-set.ts'

/** A range of points that is measured by itself; first and last inclusive. */
export interface QualityPart {
  name: PartName | 'whole'
  first: number
  last: number
}

/** The parts of a set, and all its points together. */
export function qualityParts ({ parts, names }: KeypointSet): QualityPart[] {
  return [...parts, { name: 'whole', first: 0, last: names.length - 1 }]
}

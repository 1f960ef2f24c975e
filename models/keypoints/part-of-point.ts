import type { KeypointSet, PartName } from '../keypoint-set.ts'

/** The part that a point belongs to. @param index into the names of the set */
export function partOfPoint (set: KeypointSet, index: number): PartName {
  return set.parts.find(({ first, last }) => index >= first && index <= last)?.name ?? 'body'
}

import type { KeypointSet } from '../keypoint-set.ts'
import { pointColours } from '../part-colours.ts'
import { partOfPoint } from './part-of-point.ts'
import { sideOfName } from './side-of-name.ts'

/** The colour of a bone: that of its part and side, and of the middle where its ends lie on two sides. */
export function colourOfLink (set: KeypointSet, [from, to]: readonly [number, number]): string {
  const [a, b] = [sideOfName(set.names[from]!), sideOfName(set.names[to]!)]
  // A bone to a foot or a finger belongs there.
  return pointColours[partOfPoint(set, Math.max(from, to))][a === b ? a : 'middle']
}

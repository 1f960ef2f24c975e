import type { Person } from '../../models/person.ts'
import type { KeypointTarget } from './control-plan.ts'
import type { KeypointRegion } from './prediction-schema.ts'
import { readPoint } from './read-point.ts'
import { describeRegion, type RegionFrame, type RegionIdentity } from './region-frame.ts'

/**
 * One keypoint as a region; null when it was not found.
 * @param size percent of the picture's width; without it the editor does not take it for a point
 */
export function buildKeypointRegion (person: Person, target: KeypointTarget, frame: RegionFrame, identity: RegionIdentity, size: number): KeypointRegion | null {
  const point = readPoint(person, target.index, frame)
  return point && {
    ...describeRegion(frame, identity, target.fromName, point.score),
    type: 'keypointlabels',
    value: { x: point.x, y: point.y, width: size, keypointlabels: [target.label] }
  }
}

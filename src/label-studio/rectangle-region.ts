import type { Person } from '../../models/person.ts'
import type { PeopleTarget } from './control-plan.ts'
import type { RectangleRegion } from './prediction-schema.ts'
import { describeRegion, type RegionFrame, type RegionIdentity } from './region-frame.ts'
import { toPercent } from './to-percent.ts'
import { toScore } from './to-score.ts'

/** A person's box as a region, cut at the border of the picture; null when nothing of it lies inside. */
export function buildRectangleRegion (person: Person, target: PeopleTarget, frame: RegionFrame, identity: RegionIdentity): RectangleRegion | null {
  const [x1, y1, x2, y2] = person.bbox.map((pixels, axis) => toPercent(pixels, axis % 2 === 0 ? frame.width : frame.height))
  if (x1 == null || y1 == null || x2 == null || y2 == null || x2 <= x1 || y2 <= y1) return null
  const value = { x: x1, y: y1, width: subtract(x2, x1), height: subtract(y2, y1), rotation: 0 as const }
  const region = describeRegion(frame, identity, target.fromName, toScore(person.score))
  return target.label === null
    ? { ...region, type: 'rectangle', value }
    : { ...region, type: 'rectanglelabels', value: { ...value, rectanglelabels: [target.label] } }
}

/** The difference of two values of four decimals, without the digits that binary fractions add. */
function subtract (a: number, b: number): number {
  return Math.round((a - b) * 1e4) / 1e4
}

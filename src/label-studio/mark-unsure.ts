import type { CertaintyTarget } from './control-plan.ts'
import type { ChoicesRegion, KeypointRegion, RectangleRegion, VectorRegion } from './prediction-schema.ts'

/** A region, followed by a mark on it where the interface asks for marks and the region's score is below its limit. */
export function markUnsure<Region extends KeypointRegion | VectorRegion | RectangleRegion> (region: Region, target: CertaintyTarget | null): Array<Region | ChoicesRegion> {
  if (target === null || region.score >= target.below) return [region]
  const { type, value, ...common }: KeypointRegion | VectorRegion | RectangleRegion = region
  return [region, { ...common, from_name: target.fromName, type: 'choices', value: { choices: [target.choice] } }]
}

import type { KeypointTarget, PicturePlan } from './control-plan.ts'

/** Most regions are points, and each would look through all points of the interface. */
const lookups = new WeakMap<PicturePlan, Map<string, KeypointTarget>>()

/** The point that a label of a control means; undefined: it is none of the model's, as the nose of a dog in a control of its own. */
export function findKeypointTarget (plan: PicturePlan, fromName: string, label: string): KeypointTarget | undefined {
  let lookup = lookups.get(plan)
  if (lookup === undefined) {
    lookup = new Map(plan.keypoints.map((target) => [`${target.fromName}\n${target.label}`, target]))
    lookups.set(plan, lookup)
  }
  return lookup.get(`${fromName}\n${label}`)
}

import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { ControlPlan } from './control-plan.ts'

/** The points that an interface has a place for, as labels or as vertices of a skeleton: indices into the set, ascending. */
export function askedPoints ({ pictures }: ControlPlan, set: KeypointSet): number[] {
  const asked = new Set<number>()
  for (const { keypoints, skeletons } of pictures) {
    for (const { index } of keypoints) asked.add(index)
    for (const { tree } of skeletons) {
      for (const [child] of set.trees.find(({ name }) => name === tree)?.edges ?? []) asked.add(child)
    }
  }
  return [...asked].sort((a, b) => a - b)
}

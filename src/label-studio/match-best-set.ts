import type { KeypointSet } from '../../models/keypoint-set.ts'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { halpe26 } from '../../models/keypoints/halpe-26.ts'
import { isPoseError } from '../errors.ts'
import type { ControlPlan } from './control-plan.ts'
import { matchControls } from './match-controls.ts'
import type { LabelConfig } from './parse-label-config.ts'

/** COCO's 17 are the first of both. */
const sets: readonly KeypointSet[] = [cocoWholebody133, halpe26]

/**
 * The keypoint set that most labels of an interface belong to, for reading what is annotated already, whatever model is in use.
 * @param wanted this set and no other: the labels of a skeleton do not tell which vertices it has
 * @throws PoseError LABEL_CONFIG_UNMATCHED when no set has any of them
 */
export function matchBestSet (config: LabelConfig, wanted: KeypointSet | null = null): { set: KeypointSet, plan: ControlPlan } {
  let best: { set: KeypointSet, plan: ControlPlan, count: number } | null = null
  let failure: unknown
  for (const set of wanted === null ? sets : [wanted]) {
    try {
      const plan = matchControls(config, set)
      const count = countPlaces(plan)
      if (best === null || count > best.count) best = { set, plan, count }
    } catch (error) {
      if (!isPoseError(error)) throw error
      failure ??= error
    }
  }
  if (best === null) throw failure
  return best
}

/** Labels of points and of skeletons that would be read. */
function countPlaces ({ pictures }: ControlPlan): number {
  return pictures.reduce((sum, { keypoints, skeletons }) => sum + keypoints.length + skeletons.length, 0)
}

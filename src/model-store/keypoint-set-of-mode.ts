import { findPose } from '../../models/find-model.ts'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import { keypointSets } from '../../models/keypoint-sets.ts'
import { modes } from '../../models/modes.ts'
import type { Config } from '../config.ts'

/** What the pose network of the configuration finds, before it is there; null: an own network, which says so itself once it is loaded. */
export function keypointSetOfMode ({ mode, poseModel }: Pick<Config, 'mode' | 'poseModel'>): KeypointSet | null {
  const pose = poseModel === null ? findPose(modes[mode].pose) : null
  return pose === null ? null : keypointSets[pose.keypointSet]
}

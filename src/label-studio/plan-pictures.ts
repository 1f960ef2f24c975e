import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { PicturePlan } from './control-plan.ts'
import { matchCertainty } from './match-certainty.ts'
import { matchKeypoints } from './match-keypoints.ts'
import { matchPeople } from './match-people.ts'
import { matchSkeletons } from './match-skeletons.ts'
import type { ControlTag, ImageTag, LabelConfig } from './parse-label-config.ts'

/** The pictures of a labelling interface that get points or skeletons of this set, and where these go; empty where none does. */
export function planPictures (config: LabelConfig, set: KeypointSet): PicturePlan[] {
  const controls = new Map<string, Set<ControlTag>>()
  for (const control of config.controls) {
    for (const name of control.toNames) controls.set(name, (controls.get(name) ?? new Set()).add(control))
  }
  return config.images
    .map((image) => planPicture(image, [...controls.get(image.name) ?? []], set))
    .filter(({ keypoints, skeletons }) => keypoints.length + skeletons.length > 0)
}

function planPicture (image: ImageTag, controls: readonly ControlTag[], set: KeypointSet): PicturePlan {
  return {
    image,
    keypoints: matchKeypoints(controls, set),
    people: matchPeople(controls),
    skeletons: matchSkeletons(controls, set),
    certainty: matchCertainty(controls)
  }
}

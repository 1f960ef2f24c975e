import type { KeypointSet } from './keypoint-set.ts'
import { coco17 } from './keypoints/coco-17.ts'
import { cocoWholebody133 } from './keypoints/coco-wholebody-133.ts'
import { halpe26 } from './keypoints/halpe-26.ts'

/** Every set of keypoints the service knows, by the id that model entries name. */
export const keypointSets: Readonly<Record<KeypointSet['id'], KeypointSet>> = {
  'coco-17': coco17,
  'halpe-26': halpe26,
  'coco-wholebody-133': cocoWholebody133
}

import type { PartName } from '../../models/keypoint-set.ts'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { cocoCategory } from './coco-category.ts'
import type { PointLayout } from './point-layout.ts'

/** The category of COCO's 17 with the names of the points that stand in fields of their own; pycocotools takes `skeleton` for `keypoints` alone. */
export function cocoWholebodyCategory (body: PointLayout) {
  return {
    ...cocoCategory(body),
    foot_keypoints: namesOf('feet'),
    face_keypoints: namesOf('face'),
    lefthand_keypoints: namesOf('left_hand'),
    righthand_keypoints: namesOf('right_hand')
  }
}

function namesOf (part: PartName): string[] {
  return cocoWholebody133.parts.filter(({ name }) => name === part).flatMap(({ first, last }) => cocoWholebody133.names.slice(first, last + 1))
}

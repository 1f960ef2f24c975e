import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import type { PartName } from '../../models/keypoint-set.ts'
import type { PointLayout } from './point-layout.ts'

/** The only category, a person. Pairs of the skeleton count from 1, as COCO's do. */
export function cocoCategory ({ names, links }: PointLayout) {
  return { id: 1, name: 'person', supercategory: 'person', keypoints: names, skeleton: links.map(([from, to]) => [from + 1, to + 1]) }
}

/** The same with the names of the points that stand in fields of their own; pycocotools takes `skeleton` for `keypoints` alone. */
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

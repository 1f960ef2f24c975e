import type { PartName } from '../../models/keypoint-set.ts'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import type { AnnotatedPerson, AnnotatedPoint } from '../label-studio/annotated-person.ts'
import { boundsOfPoints } from './bounds-of-points.ts'
import type { ExportedPerson } from './exported-picture.ts'
import { layOutPoints } from './point-layout.ts'
import { toCocoAnnotation, type CocoAnnotation } from './to-coco-annotation.ts'
import { toCocoBox } from './to-coco-box.ts'
import { toTriplets } from './to-triplets.ts'

export interface CocoWholebodyAnnotation extends CocoAnnotation {
  foot_kpts: number[]
  face_kpts: number[]
  lefthand_kpts: number[]
  righthand_kpts: number[]
  foot_valid: boolean
  face_valid: boolean
  lefthand_valid: boolean
  righthand_valid: boolean
  /** Boxes around the placed points of the part, zeros where it has none. */
  face_box: number[]
  lefthand_box: number[]
  righthand_box: number[]
}

/** The layout of `keypoints`; the other parts have fields of their own. */
export const wholebodyBody = layOutPoints(cocoWholebody133, indicesOf('body'))

/**
 * A person as COCO-WholeBody has it: `keypoints` and `num_keypoints` are COCO's 17, a part is valid when any of its points
 * is placed. Order and names of the fields: https://github.com/jin-s13/COCO-WholeBody/blob/master/data_format.md
 */
export function toCocoWholebodyAnnotation (exported: ExportedPerson, imageId: number): CocoWholebodyAnnotation {
  const foot = pointsOf(exported.person, 'feet')
  const face = pointsOf(exported.person, 'face')
  const left = pointsOf(exported.person, 'left_hand')
  const right = pointsOf(exported.person, 'right_hand')
  return {
    ...toCocoAnnotation(exported, imageId, wholebodyBody),
    foot_kpts: toTriplets(foot),
    face_kpts: toTriplets(face),
    lefthand_kpts: toTriplets(left),
    righthand_kpts: toTriplets(right),
    foot_valid: isValid(foot),
    face_valid: isValid(face),
    lefthand_valid: isValid(left),
    righthand_valid: isValid(right),
    face_box: toPartBox(face),
    lefthand_box: toPartBox(left),
    righthand_box: toPartBox(right)
  }
}

function indicesOf (part: PartName): number[] {
  return cocoWholebody133.parts.filter(({ name }) => name === part).flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, offset) => first + offset))
}

function pointsOf (person: AnnotatedPerson, part: PartName): Array<AnnotatedPoint | null> {
  return indicesOf(part).map((index) => person.points[index] ?? null)
}

function isValid (points: ReadonlyArray<AnnotatedPoint | null>): boolean {
  return points.some((point) => point !== null)
}

function toPartBox (points: ReadonlyArray<AnnotatedPoint | null>): number[] {
  return toCocoBox(boundsOfPoints(points) ?? [0, 0, 0, 0])
}

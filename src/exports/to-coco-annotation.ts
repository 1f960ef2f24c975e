import { areaOfBox } from '../../models/people/oks.ts'
import { boxOfPerson } from './box-of-person.ts'
import type { ExportedPerson } from './exported-picture.ts'
import type { PointLayout } from './point-layout.ts'
import { roundPixels } from './round-pixels.ts'
import { toCocoBox } from './to-coco-box.ts'
import { toTriplets } from './to-triplets.ts'

export interface CocoAnnotation {
  id: number
  image_id: number
  category_id: 1
  iscrowd: 0
  segmentation: []
  /** x, y, width, height. */
  bbox: number[]
  area: number
  num_keypoints: number
  /** x, y, visibility of each point, flat. */
  keypoints: number[]
  /** The model's confidence in the person; only in predictions. */
  score?: number
}

/** A person as COCO's keypoints have it. */
export function toCocoAnnotation ({ id, person }: ExportedPerson, imageId: number, { indices }: PointLayout): CocoAnnotation {
  const bbox = toCocoBox(boxOfPerson(person))
  const points = indices.map((index) => person.points[index] ?? null)
  return {
    id,
    image_id: imageId,
    category_id: 1,
    iscrowd: 0,
    segmentation: [],
    bbox,
    area: roundPixels(areaOfBox([0, 0, bbox[2]!, bbox[3]!])),
    num_keypoints: points.filter((point) => point !== null).length,
    keypoints: toTriplets(points),
    ...(person.score === null ? {} : { score: person.score })
  }
}

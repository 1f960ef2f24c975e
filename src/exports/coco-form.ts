import { cocoCategory } from './coco-category.ts'
import { cocoWholebodyCategory } from './coco-wholebody-category.ts'
import type { ExportedPerson, ExportedPicture } from './exported-picture.ts'
import type { PointLayout } from './point-layout.ts'
import { toCocoAnnotation } from './to-coco-annotation.ts'
import { toCocoWholebodyAnnotation, wholebodyBody } from './to-coco-wholebody-annotation.ts'
import { version } from '../version.ts'

/** What of a COCO file depends on the points that it has. */
export interface CocoForm {
  category: object
  toAnnotation (person: ExportedPerson, imageId: number): object
}

export const cocoInfo = { description: 'People with their keypoints', version, contributor: 'label-studio-rtmpose' }

/** All points in `keypoints`. */
export function cocoForm (layout: PointLayout): CocoForm {
  return { category: cocoCategory(layout), toAnnotation: (person, imageId) => toCocoAnnotation(person, imageId, layout) }
}

export const cocoWholebodyForm: CocoForm = { category: cocoWholebodyCategory(wholebodyBody), toAnnotation: toCocoWholebodyAnnotation }

/** An entry of `images`. */
export function toCocoImage ({ id, fileName, size, task, page, address }: ExportedPicture): object {
  return { id, file_name: fileName, ...size, ...(task === null ? {} : { task }), ...(page === null ? {} : { page }), ...(address === null ? {} : { address }) }
}

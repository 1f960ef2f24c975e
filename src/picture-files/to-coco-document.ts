import { keypointSets } from '../../models/keypoint-sets.ts'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import { cocoForm, cocoInfo, cocoWholebodyForm, toCocoImage } from '../exports/coco-form.ts'
import { layOutPoints } from '../exports/point-layout.ts'
import type { PictureRecord } from './picture-record.ts'
import { toExportedPicture } from './to-exported-picture.ts'

/** A few pictures of one keypoint set as a COCO file, in memory: COCO-WholeBody where the points are those, all in `keypoints` otherwise. */
export function toCocoDocument (records: readonly PictureRecord[], keypointSet: KeypointSet['id']): object {
  const set = keypointSets[keypointSet]
  const { category, toAnnotation } = set === cocoWholebody133 ? cocoWholebodyForm : cocoForm(layOutPoints(set))
  const pictures = records.map((record, index) => toExportedPicture(record, index + 1))
  return {
    info: cocoInfo,
    licenses: [],
    categories: [category],
    images: pictures.map(toCocoImage),
    annotations: pictures.flatMap(({ id, people }) => people.map((person) => toAnnotation(person, id)))
  }
}

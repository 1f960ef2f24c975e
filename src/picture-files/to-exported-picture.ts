import { keypointSets } from '../../models/keypoint-sets.ts'
import type { ExportedPicture } from '../exports/exported-picture.ts'
import type { AnnotatedPoint } from '../label-studio/annotated-person.ts'
import type { PictureRecord } from './picture-record.ts'

/** As many as MAX_PEOPLE can be. */
const mostPeople = 1000

/** An estimated picture as the writers of `export` take it. @param id number of the picture, from 1 */
export function toExportedPicture ({ picture, keypointSet, people }: PictureRecord, id: number): ExportedPicture {
  const { name, width, height } = picture
  return {
    id,
    fileName: name,
    address: null,
    task: null,
    page: null,
    size: { width, height },
    people: people.map(({ bbox, score, points }, rank) => {
      const placed = new Map(points.map((point): [string, AnnotatedPoint] => [point.name, { x: point.x, y: point.y, score: point.score, origin: 'prediction', isOccluded: false, regionId: '' }]))
      return {
        id: (id - 1) * mostPeople + rank + 1,
        person: { id: String(rank), imageName: '', itemIndex: null, width, height, bbox, score, points: keypointSets[keypointSet].names.map((point) => placed.get(point) ?? null) }
      }
    })
  }
}

import { join } from 'node:path'
import { boxOfPerson } from './box-of-person.ts'
import { csvLine } from './csv-line.ts'
import type { ExportedPerson, ExportedPicture, ExportWriter } from './exported-picture.ts'
import type { PointLayout } from './point-layout.ts'
import { roundPixels } from './round-pixels.ts'
import { createTextFile } from './text-file.ts'
import { visibility } from './visibility.ts'

export const csvFile = 'keypoints.csv'

const columns = [
  'task', 'image_id', 'file_name', 'width', 'height', 'person_id', 'person_score', 'box_drawn', 'box_x', 'box_y', 'box_width', 'box_height',
  'keypoint', 'name', 'x', 'y', 'visibility', 'score', 'origin'
]

/** Writes keypoints.csv: a row for each person and point, also for points that are not placed. Pixels; keypoint counts from 0 in the set. */
export async function createCsvWriter (folder: string, layout: PointLayout): Promise<ExportWriter> {
  const file = await createTextFile(join(folder, csvFile))
  await file.append(csvLine(columns))
  return {
    async add (picture) {
      for (const person of picture.people) await file.append(toRows(person, picture, layout))
      return null
    },
    async finish () {},
    close: () => file.close()
  }
}

function toRows ({ id, person }: ExportedPerson, { task, id: imageId, fileName }: ExportedPicture, { indices, names }: PointLayout): string {
  const [x1, y1, x2, y2] = boxOfPerson(person)
  const first = [
    task, imageId, fileName, person.width, person.height, id, person.score, person.bbox === null ? 0 : 1,
    ...[x1, y1, x2 - x1, y2 - y1].map(roundPixels)
  ]
  return indices.map((index, position) => {
    const point = person.points[index] ?? null
    const place = point === null ? [null, null] : [roundPixels(point.x), roundPixels(point.y)]
    return csvLine([...first, index, names[position]!, ...place, visibility(point), point?.score ?? null, point?.origin ?? null])
  }).join('')
}

import { areaOfBox, type Points } from '../../models/people/oks.ts'
import { personScore } from '../../models/people/person-score.ts'
import { boxOfPerson } from '../exports/box-of-person.ts'
import type { AnnotatedPerson, Box } from '../label-studio/annotated-person.ts'

/** A person as the measures take it, predicted or corrected. Pixels. */
export interface ComparedPerson {
  bbox: Box
  /** K x (x, y, 1), flat; 0, 0, 0 where the point is not placed, as in files of COCO. */
  points: Points
  /** The model's confidence per point, 0..1; null where there is none. */
  scores: ReadonlyArray<number | null>
  /** Of the person, 0..1: what average precision sorts by. */
  score: number
  /** Square pixels; 0.53 of the box, as mmpose and xtcocotools take it where no segment is known. */
  area: number
}

/** The score of a person without a scored box is made of its points, as the model makes it. */
export function toComparedPerson (person: AnnotatedPerson): ComparedPerson {
  const bbox = boxOfPerson(person)
  const points = new Float64Array(person.points.length * 3)
  const confidences = new Float64Array(points.length)
  for (const [index, point] of person.points.entries()) {
    if (point === null) continue
    points.set([point.x, point.y, 1], index * 3)
    confidences[index * 3 + 2] = point.score ?? 1
  }
  return { bbox, points, scores: person.points.map((point) => point?.score ?? null), score: person.score ?? personScore(1, confidences), area: areaOfBox(bbox) }
}

/** Whether any point of the range is placed. */
export function hasPoint (points: Points, { first, last }: { first: number, last: number }): boolean {
  for (let point = first; point <= last; point++) if (points[point * 3 + 2]! > 0) return true
  return false
}

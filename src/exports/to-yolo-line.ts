import type { AnnotatedPerson } from '../label-studio/annotated-person.ts'
import { boxOfPerson } from './box-of-person.ts'
import type { PointLayout } from './point-layout.ts'
import { visibility } from './visibility.ts'

/**
 * A person as a line of a YOLO pose label: class, middle and size of the box, then x, y and visibility of each point, all
 * as shares of the picture. @see https://docs.ultralytics.com/datasets/pose/
 */
export function toYoloLine (person: AnnotatedPerson, { indices }: PointLayout): string {
  const { width, height, points } = person
  const [x1, y1, x2, y2] = boxOfPerson(person)
  const box = [(x1 + x2) / 2 / width, (y1 + y2) / 2 / height, (x2 - x1) / width, (y2 - y1) / height].map(toShare)
  const triplets = indices.flatMap((index) => {
    const point = points[index] ?? null
    return point === null ? ['0', '0', '0'] : [toShare(point.x / width), toShare(point.y / height), String(visibility(point))]
  })
  return ['0', ...box, ...triplets].join(' ')
}

/** Seven decimals: a thousandth of a pixel on a picture of 10,000. */
function toShare (share: number): string {
  return String(Math.round(share * 1e7) / 1e7)
}

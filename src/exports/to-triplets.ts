import type { AnnotatedPoint } from '../label-studio/annotated-person.ts'
import { roundPixels } from './round-pixels.ts'
import { visibility } from './visibility.ts'

/** x, y in pixels and visibility of each point, flat; zeros where it is not placed. */
export function toTriplets (points: ReadonlyArray<AnnotatedPoint | null>): number[] {
  return points.flatMap((point) => point === null ? [0, 0, 0] : [roundPixels(point.x), roundPixels(point.y), visibility(point)])
}

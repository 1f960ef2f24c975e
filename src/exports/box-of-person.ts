import type { AnnotatedPerson, Box } from '../label-studio/annotated-person.ts'
import { boundsOfPoints } from './bounds-of-points.ts'

/**
 * The box of a person, in pixels: the drawn one, or else the smallest around the points, at least one pixel wide and high,
 * because a box without area is an error to most readers.
 */
export function boxOfPerson ({ bbox, points, width, height }: AnnotatedPerson): Box {
  const [x1, y1, x2, y2] = bbox ?? boundsOfPoints(points) ?? [0, 0, 0, 0]
  const [left, right] = widen(x1, x2, width)
  const [top, bottom] = widen(y1, y2, height)
  return [left, top, right, bottom]
}

function widen (from: number, to: number, extent: number): [number, number] {
  if (to - from >= 1) return [from, to]
  const start = Math.max(0, Math.min((from + to - 1) / 2, extent - 1))
  return [start, start + 1]
}

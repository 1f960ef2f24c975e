import type { AnnotatedPoint, Box } from '../label-studio/annotated-person.ts'

/** The smallest box around the placed points; null when there are none. A single point has a box without area. */
export function boundsOfPoints (points: ReadonlyArray<AnnotatedPoint | null>): Box | null {
  const placed = points.filter((point) => point !== null)
  if (placed.length === 0) return null
  const [xs, ys] = [placed.map(({ x }) => x), placed.map(({ y }) => y)]
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
}

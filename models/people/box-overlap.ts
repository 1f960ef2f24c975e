import type { Person } from '../person.ts'

type Box = Readonly<Person['bbox']>

/** Intersection over union of two boxes (x1, y1, x2, y2), 0..1. Sides are x2 - x1, not RTMLib's x2 - x1 + 1 of the suppression. */
export function boxOverlap (a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0])
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1])
  if (width <= 0 || height <= 0) return 0
  const common = width * height
  return common / (areaOf(a) + areaOf(b) - common)
}

function areaOf ([x1, y1, x2, y2]: Box): number {
  return (x2 - x1) * (y2 - y1)
}

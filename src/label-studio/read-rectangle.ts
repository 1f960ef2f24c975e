import type { Box } from './annotated-person.ts'
import { isFiniteNumber } from './is-finite-number.ts'
import { toFraction } from './to-fraction.ts'

/** A region of type rectangle or rectanglelabels, as far as its box is read. Everything in it comes from outside. */
export interface RectangleLike {
  original_width?: unknown
  original_height?: unknown
  value?: { x?: unknown, y?: unknown, width?: unknown, height?: unknown, rotation?: unknown } | undefined
}

/**
 * The upright box around a rectangle that is turned clockwise about its top left corner, in fractions of the picture.
 * null: it has no area in the picture.
 */
export function readRectangle ({ value, original_width: originalWidth, original_height: originalHeight }: RectangleLike): Box | null {
  const [x, y, width, height] = [value?.x, value?.y, value?.width, value?.height]
  if (!isFiniteNumber(x) || !isFiniteNumber(y) || !isFiniteNumber(width) || !isFiniteNumber(height)) return null
  const angle = isFiniteNumber(value?.rotation) ? value.rotation * Math.PI / 180 : 0
  // Percent of width and of height differ in length: a rotation only has a meaning in pixels.
  const aspect = isPositive(originalWidth) && isPositive(originalHeight) ? originalWidth / originalHeight : 1
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const corners = [[0, 0], [width, 0], [0, height], [width, height]] as const
  const xs = corners.map(([dx, dy]) => toFraction(x + dx * cos - dy * sin / aspect))
  const ys = corners.map(([dx, dy]) => toFraction(y + dx * sin * aspect + dy * cos))
  const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)] as const
  return box[2] > box[0] && box[3] > box[1] ? box : null
}

function isPositive (value: unknown): value is number {
  return isFiniteNumber(value) && value > 0
}

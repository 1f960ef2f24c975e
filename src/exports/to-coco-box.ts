import type { Box } from '../label-studio/annotated-person.ts'
import { roundPixels } from './round-pixels.ts'

/** x, y, width, height in pixels. */
export function toCocoBox ([x1, y1, x2, y2]: Box): number[] {
  return [x1, y1, x2 - x1, y2 - y1].map(roundPixels)
}

import type { BoxSource } from '../protocol.ts'

type Clicks = Extract<BoxSource, { kind: 'clicks' }>['clicks']
type Boxes = Extract<BoxSource, { kind: 'boxes' }>['boxes']

/**
 * Boxes under a positive and not under a negative click.
 * @param boxes n x (x1, y1, x2, y2, score) in pixels
 */
export function chooseClickedBoxes (boxes: Float32Array, clicks: Clicks, width: number, height: number): Float32Array {
  const isUnder = (at: number, positive: boolean): boolean => clicks.some((click) => {
    const x = click.x * width
    const y = click.y * height
    return click.positive === positive && x >= boxes[at]! && x <= boxes[at + 2]! && y >= boxes[at + 1]! && y <= boxes[at + 3]!
  })
  const chosen: number[] = []
  for (let at = 0; at < boxes.length; at += 5) {
    if (isUnder(at, true) && !isUnder(at, false)) chosen.push(...boxes.subarray(at, at + 5))
  }
  return Float32Array.from(chosen)
}

/** Boxes drawn by a person, from fractions to pixels, corners in any order, score 1. Boxes without an area are left out. */
export function readDrawnBoxes (boxes: Boxes, width: number, height: number): Float32Array {
  const drawn: number[] = []
  for (const [x1, y1, x2, y2] of boxes) {
    const sides = [Math.min(x1, x2) * width, Math.min(y1, y2) * height, Math.max(x1, x2) * width, Math.max(y1, y2) * height] as const
    if (sides.every(Number.isFinite) && sides[2] > sides[0] && sides[3] > sides[1]) drawn.push(...sides, 1)
  }
  return Float32Array.from(drawn)
}

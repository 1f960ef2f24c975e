import type { BoxSource } from '../protocol.ts'
import { isBox } from './is-box.ts'

type Clicks = Extract<BoxSource, { kind: 'clicks' }>['clicks']
type Boxes = Extract<BoxSource, { kind: 'boxes' }>['boxes']

/**
 * Each click means one box: of those it lies in, the one in which it lies most centrally, so that a click on somebody who is
 * half covered does not bring the other one too. A negative click takes its box away.
 * @param boxes n x (x1, y1, x2, y2, score) in pixels
 */
export function chooseClickedBoxes (boxes: Float32Array, clicks: Clicks, width: number, height: number): Float32Array {
  const chosen = new Set<number>()
  const refused = new Set<number>()
  for (const { x, y, positive } of clicks) {
    const at = findMeantBox(boxes, x * width, y * height)
    if (at !== null) (positive ? chosen : refused).add(at)
  }
  const kept = [...chosen].filter((at) => !refused.has(at)).sort((a, b) => a - b)
  return Float32Array.from(kept.flatMap((at) => [...boxes.subarray(at, at + 5)]))
}

/** @returns where the box begins; null: there is none under the point */
function findMeantBox (boxes: Float32Array, x: number, y: number): number | null {
  let best: number | null = null
  // Distance from the centre, in half sides: 1 on the edge.
  let least = 1
  for (let at = 0; at < boxes.length; at += 5) {
    const [x1, y1, x2, y2] = [boxes[at]!, boxes[at + 1]!, boxes[at + 2]!, boxes[at + 3]!]
    const distance = Math.max(Math.abs(2 * x - x1 - x2) / (x2 - x1), Math.abs(2 * y - y1 - y2) / (y2 - y1))
    if (distance > least) continue
    least = distance
    best = at
  }
  return best
}

/** Boxes drawn by a person, from fractions to pixels, corners in any order, score 1. Boxes without an area are left out. */
export function readDrawnBoxes (boxes: Boxes, width: number, height: number): Float32Array {
  const drawn: number[] = []
  for (const [x1, y1, x2, y2] of boxes) {
    const sides = [Math.min(x1, x2) * width, Math.min(y1, y2) * height, Math.max(x1, x2) * width, Math.max(y1, y2) * height] as const
    if (isBox(...sides)) drawn.push(...sides, 1)
  }
  return Float32Array.from(drawn)
}

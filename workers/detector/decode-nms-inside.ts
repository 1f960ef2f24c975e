import { isBox } from './is-box.ts'

const f = Math.fround

/**
 * Reads `dets` and `labels` of a graph that suppresses by itself: rows of the person class with a score above the threshold
 * (strictly), in the order of the graph, in picture pixels. float32 arithmetic, as RTMLib.
 * @param dets n x (x1, y1, x2, y2, score) in letterbox pixels
 * @param ratio letterbox pixels per picture pixel
 * @returns n x (x1, y1, x2, y2, score)
 */
export function decodeNmsInside (dets: Float32Array, labels: BigInt64Array | Int32Array, personClass: number, threshold: number, ratio: number): Float32Array {
  const least = f(threshold)
  const scale = f(ratio)
  const found: number[] = []
  for (let row = 0; row < dets.length / 5; row++) {
    const at = row * 5
    if (!(dets[at + 4]! > least) || Number(labels[row]) !== personClass) continue
    if (!isBox(dets[at]!, dets[at + 1]!, dets[at + 2]!, dets[at + 3]!)) continue
    for (let side = 0; side < 4; side++) found.push(dets[at + side]! / scale)
    found.push(dets[at + 4]!)
  }
  return Float32Array.from(found)
}

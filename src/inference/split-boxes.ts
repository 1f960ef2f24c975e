/** Values per box: x1, y1, x2, y2, score. */
const stride = 5

/**
 * Cuts n x 5 box values into at most `parts` runs of nearly equal length, in order, none of them empty.
 * In order, so that the people come together again as one thread would have found them.
 */
export function splitBoxes (boxes: Float32Array, parts: number): Float32Array[] {
  const total = boxes.length / stride
  const count = Math.min(parts, total)
  return Array.from({ length: count }, (_, part) => boxes.slice(
    Math.floor(part * total / count) * stride,
    Math.floor((part + 1) * total / count) * stride
  ))
}

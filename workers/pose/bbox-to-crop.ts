const f = Math.fround

/** Where a crop lies in the picture. Float32 values, as RTMLib has them for boxes of a network. */
export interface Crop {
  centreX: number
  centreY: number
  /** Size in picture pixels; brought to the aspect ratio of the network's input. */
  scaleX: number
  scaleY: number
}

/** Factor by which a box grows, so that the whole person is in the crop. */
const PADDING = 1.25

/**
 * Centre and scale of the crop around a box.
 * @param width @param height of the network's input
 */
export function bboxToCrop (x1: number, y1: number, x2: number, y2: number, width: number, height: number): Crop {
  const left = f(x1)
  const top = f(y1)
  const right = f(x2)
  const bottom = f(y2)
  const boxWidth = f(f(right - left) * f(PADDING))
  const boxHeight = f(f(bottom - top) * f(PADDING))
  const aspect = f(width / height)
  const wide = boxWidth > f(boxHeight * aspect)
  return {
    centreX: f(f(left + right) * 0.5),
    centreY: f(f(top + bottom) * 0.5),
    scaleX: wide ? boxWidth : f(boxHeight * aspect),
    scaleY: wide ? f(boxWidth / aspect) : boxHeight
  }
}

/** a b c, d e f of x' = a x + b y + c, y' = d x + e y + f. */
export type Affine = readonly [number, number, number, number, number, number]

/**
 * The matrix from picture to crop pixels (pixel indices, no half-pixel shift), solved from three point pairs in the order of
 * OpenCV's getAffineTransform: the closed form differs in last bits, and these move pixels of the crop.
 */
export function cropMatrix ({ centreX, centreY, scaleX }: Crop, width: number, height: number): Affine {
  const above = f(centreY + scaleX * -0.5)
  const source: ReadonlyArray<readonly [number, number]> = [
    [centreX, centreY],
    [centreX, above],
    // Perpendicular to the first two, in the float32 steps of NumPy.
    [f(centreX - f(centreY - above)), above]
  ]
  const target: ReadonlyArray<readonly [number, number]> = [
    [width / 2, height / 2],
    [width / 2, height / 2 - width / 2],
    [0, height / 2 - width / 2]
  ]
  const rows: number[][] = []
  const right: number[] = []
  for (let point = 0; point < 3; point++) {
    const [x, y] = source[point]!
    rows.push([x, y, 1, 0, 0, 0], [0, 0, 0, x, y, 1])
    right.push(...target[point]!)
  }
  return solve(rows, right) as unknown as Affine
}

/** LU decomposition with row pivoting, in OpenCV's order of operations. Changes its arguments. */
function solve (rows: number[][], right: number[]): number[] {
  const size = rows.length
  for (let i = 0; i < size; i++) {
    let pivot = i
    for (let j = i + 1; j < size; j++) if (Math.abs(rows[j]![i]!) > Math.abs(rows[pivot]![i]!)) pivot = j
    ;[rows[i], rows[pivot]] = [rows[pivot]!, rows[i]!]
    ;[right[i], right[pivot]] = [right[pivot]!, right[i]!]
    const reciprocal = -1 / rows[i]![i]!
    for (let j = i + 1; j < size; j++) {
      const factor = rows[j]![i]! * reciprocal
      for (let column = i + 1; column < size; column++) rows[j]![column]! += factor * rows[i]![column]!
      right[j]! += factor * right[i]!
    }
  }
  for (let i = size - 1; i >= 0; i--) {
    let value = right[i]!
    for (let column = i + 1; column < size; column++) value -= rows[i]![column]! * right[column]!
    right[i] = value / rows[i]![i]!
  }
  return right
}

/** The matrix back from crop to picture pixels, in OpenCV's order of operations. */
export function invertAffine ([a, b, c, d, e, g]: Affine): Affine {
  const determinant = a * e - b * d
  const reciprocal = determinant !== 0 ? 1 / determinant : 0
  const ia = e * reciprocal
  const ie = a * reciprocal
  const ib = b * -reciprocal
  const id = d * -reciprocal
  return [ia, ib, -ia * c - ib * g, id, ie, -id * c - ie * g]
}

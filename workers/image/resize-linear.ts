/**
 * OpenCV's INTER_LINEAR resize of 8-bit R, G, B pixels, bit by bit (fixed point with 11 fractional bits, no anti-aliasing).
 * `emit` is called once per row of the result, in order, with a row buffer that is reused.
 */
export function resizeLinear (source: Uint8Array, sourceWidth: number, sourceHeight: number, width: number, height: number, emit: (y: number, row: Uint8Array) => void): void {
  const columns = sampleAxis(width, sourceWidth, true)
  const rows = sampleAxis(height, sourceHeight, false)
  for (let x = 0; x < width; x++) {
    columns.near[x]! *= 3
    columns.far[x]! *= 3
  }
  const stride = sourceWidth * 3
  const row = new Uint8Array(width * 3)
  let upper = new Int32Array(width * 3)
  let lower = new Int32Array(width * 3)
  let upperIs = -1
  let lowerIs = -1
  for (let y = 0; y < height; y++) {
    const near = rows.near[y]!
    const far = rows.far[y]!
    // Enlarging needs each source row several times: keep the two that are at hand.
    if (near !== upperIs) {
      if (near === lowerIs) {
        [upper, lower] = [lower, upper];
        [upperIs, lowerIs] = [lowerIs, upperIs]
      } else {
        blendColumns(source, near * stride, columns, width, upper)
        upperIs = near
      }
    }
    if (far !== lowerIs && far !== upperIs) {
      blendColumns(source, far * stride, columns, width, lower)
      lowerIs = far
    }
    blendRows(upper, far === upperIs ? upper : lower, rows.nearWeight[y]!, rows.farWeight[y]!, row)
    emit(y, row)
  }
}

export interface AxisSamples {
  near: Int32Array
  far: Int32Array
  /** Weights times 2048. */
  nearWeight: Int32Array
  farWeight: Int32Array
}

/** Which two source pixels make each pixel of an axis, and how much of each. */
export function sampleAxis (size: number, sourceSize: number, zeroAtEdges: boolean): AxisSamples {
  const samples = { near: new Int32Array(size), far: new Int32Array(size), nearWeight: new Int32Array(size), farWeight: new Int32Array(size) }
  // The reciprocal of a quotient, not the quotient: OpenCV's order, which decides about last bits.
  const scale = 1 / (size / sourceSize)
  for (let at = 0; at < size; at++) {
    const position = Math.fround((at + 0.5) * scale - 0.5)
    let near = Math.floor(position)
    let fraction = Math.fround(position - near)
    if (zeroAtEdges && (near < 0 || near >= sourceSize - 1)) {
      near = near < 0 ? 0 : sourceSize - 1
      fraction = 0
    }
    samples.farWeight[at] = roundHalfToEven(Math.fround(fraction * 2048))
    samples.nearWeight[at] = roundHalfToEven(Math.fround(Math.fround(1 - fraction) * 2048))
    samples.near[at] = Math.min(Math.max(near, 0), sourceSize - 1)
    samples.far[at] = Math.min(Math.max(near + 1, 0), sourceSize - 1)
  }
  return samples
}

function roundHalfToEven (value: number): number {
  const rounded = Math.round(value)
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
}

function blendColumns (source: Uint8Array, start: number, { near, far, nearWeight, farWeight }: AxisSamples, width: number, into: Int32Array): void {
  for (let x = 0, out = 0; x < width; x++, out += 3) {
    const a = start + near[x]!
    const b = start + far[x]!
    const weightA = nearWeight[x]!
    const weightB = farWeight[x]!
    into[out] = (Math.imul(source[a]!, weightA) + Math.imul(source[b]!, weightB)) >> 4
    into[out + 1] = (Math.imul(source[a + 1]!, weightA) + Math.imul(source[b + 1]!, weightB)) >> 4
    into[out + 2] = (Math.imul(source[a + 2]!, weightA) + Math.imul(source[b + 2]!, weightB)) >> 4
  }
}

function blendRows (upper: Int32Array, lower: Int32Array, upperWeight: number, lowerWeight: number, row: Uint8Array): void {
  for (let at = 0; at < row.length; at++) {
    const value = ((Math.imul(upper[at]!, upperWeight) >> 16) + (Math.imul(lower[at]!, lowerWeight) >> 16) + 2) >> 2
    row[at] = value > 255 ? 255 : value
  }
}

import { isBox } from './is-box.ts'
import { nms } from './nms.ts'

/** Cells of the grid per side are the input's side divided by these. */
const STRIDES = [8, 16, 32]

/** Most boxes that suppression compares with each other, the best ones: with a threshold of 0 every cell is a candidate. */
const MAX_CANDIDATES = 1000

/** How many rows a raw YOLOX output has for this input. */
export function yoloxRows (width: number, height: number): number {
  return STRIDES.reduce((sum, stride) => sum + Math.floor(width / stride) * Math.floor(height / stride), 0)
}

export interface YoloxOptions {
  inputWidth: number
  inputHeight: number
  /** Columns of a row: 4 for the box, 1 objectness, then the classes. */
  columns: number
  personClass: number
  threshold: number
  maxIou: number
}

/**
 * Reads the raw grid of a YOLOX graph: boxes of the person class with a score above the threshold (strictly), after suppression,
 * best first, in picture pixels. Scores are objectness x class, both already between 0 and 1.
 * @returns n x (x1, y1, x2, y2, score)
 */
export function decodeYolox (output: Float32Array, ratio: number, options: YoloxOptions): Float32Array {
  const { inputWidth, inputHeight, columns, personClass, threshold, maxIou } = options
  const candidates: number[] = []
  let at = 0
  for (const stride of STRIDES) {
    const across = Math.floor(inputWidth / stride)
    const down = Math.floor(inputHeight / stride)
    for (let gridY = 0; gridY < down; gridY++) {
      for (let gridX = 0; gridX < across; gridX++, at += columns) {
        const score = Math.fround(output[at + 4]! * output[at + 5 + personClass]!)
        if (!(score > threshold)) continue
        const centreX = (output[at]! + gridX) * stride
        const centreY = (output[at + 1]! + gridY) * stride
        const width = Math.exp(output[at + 2]!) * stride
        const height = Math.exp(output[at + 3]!) * stride
        const corners = [(centreX - width / 2) / ratio, (centreY - height / 2) / ratio, (centreX + width / 2) / ratio, (centreY + height / 2) / ratio] as const
        if (isBox(...corners)) candidates.push(...corners, score)
      }
    }
  }
  const boxes = takeBest(candidates)
  return Float32Array.from(nms(boxes, maxIou).flatMap((row) => [...boxes.subarray(row * 5, row * 5 + 5)]))
}

function takeBest (candidates: number[]): Float64Array {
  const count = candidates.length / 5
  if (count <= MAX_CANDIDATES) return Float64Array.from(candidates)
  const rows = Array.from({ length: count }, (_, row) => row)
    .sort((a, b) => candidates[b * 5 + 4]! - candidates[a * 5 + 4]!)
    .slice(0, MAX_CANDIDATES)
    .sort((a, b) => a - b)
  return Float64Array.from(rows.flatMap((row) => candidates.slice(row * 5, row * 5 + 5)))
}

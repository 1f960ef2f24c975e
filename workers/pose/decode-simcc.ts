import type { AxisEvidence } from '../../models/confidence/simcc-confidence.ts'
import type { Crop } from './bbox-to-crop.ts'

/** Both outputs of the network for one person: K rows of `bins` values each. */
export interface SimccRows {
  x: Float32Array
  y: Float32Array
  binsX: number
  binsY: number
}

export interface SimccDecoder {
  points: number
  splitRatio: number
  inputWidth: number
  inputHeight: number
  /** Softmax factor, or null when the confidence does not look at the softmax. */
  beta: number | null
  confidence: (x: AxisEvidence, y: AxisEvidence) => number
  calibrate: (point: number, confidence: number) => number
}

/**
 * Reads the points of one person: argmax of each row (the first maximum), back into the picture.
 * Points without evidence (mean of the peaks not above 0) come as 0, 0, 0 instead of RTMLib's place outside the crop.
 * @returns K x (x, y, confidence) in picture pixels, unfiltered and not limited to the picture
 */
export function decodeSimcc (rows: SimccRows, crop: Crop, decoder: SimccDecoder): Float64Array {
  const keypoints = new Float64Array(decoder.points * 3)
  const x = createEvidence()
  const y = createEvidence()
  for (let point = 0; point < decoder.points; point++) {
    readRow(rows.x, point * rows.binsX, rows.binsX, decoder.beta, x)
    readRow(rows.y, point * rows.binsY, rows.binsY, decoder.beta, y)
    const confidence = decoder.calibrate(point, decoder.confidence(x, y))
    if (!(confidence > 0)) continue
    keypoints[point * 3] = x.bin / decoder.splitRatio / decoder.inputWidth * crop.scaleX + crop.centreX - crop.scaleX / 2
    keypoints[point * 3 + 1] = y.bin / decoder.splitRatio / decoder.inputHeight * crop.scaleY + crop.centreY - crop.scaleY / 2
    keypoints[point * 3 + 2] = confidence
  }
  return keypoints
}

type RowEvidence = AxisEvidence & { bin: number }

function createEvidence (): RowEvidence {
  return { bin: 0, peak: 0, softmaxPeak: 0 }
}

/** Values this far below the maximum (in the exponent) add less than 1e-8 to the softmax. */
const NEGLIGIBLE = -25

function readRow (values: Float32Array, start: number, bins: number, beta: number | null, evidence: RowEvidence): void {
  let best = start
  let peak = values[start]!
  const end = start + bins
  for (let at = start + 1; at < end; at++) {
    const value = values[at]!
    if (value > peak) {
      peak = value
      best = at
    }
  }
  evidence.bin = best - start
  evidence.peak = peak
  if (beta === null) return
  let sum = 0
  for (let at = start; at < end; at++) {
    const exponent = beta * (values[at]! - peak)
    if (exponent > NEGLIGIBLE) sum += Math.exp(exponent)
  }
  evidence.softmaxPeak = 1 / sum
}

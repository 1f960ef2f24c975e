import type { Calibration } from '../model-entry.ts'

/**
 * Per-point maps from raw to calibrated confidence: linear between the knots, constant beyond the outer ones.
 * Points in no group keep their value; 0 ("not found") stays 0.
 */
export function createConfidenceCalibration (calibration: Calibration | null): (point: number, confidence: number) => number {
  const knotsOf = new Map<number, ReadonlyArray<readonly [number, number]>>()
  for (const group of calibration?.groups ?? []) for (const point of group.points) knotsOf.set(point, group.knots)
  return (point, confidence) => {
    const knots = knotsOf.get(point)
    return knots === undefined || confidence <= 0 ? confidence : interpolate(knots, confidence)
  }
}

function interpolate (knots: ReadonlyArray<readonly [number, number]>, x: number): number {
  const last = knots[knots.length - 1]!
  let left = knots[0]!
  if (x <= left[0]) return left[1]
  for (const right of knots) {
    if (x <= right[0]) return left[1] + (right[1] - left[1]) * (x - left[0]) / (right[0] - left[0] || 1)
    left = right
  }
  return last[1]
}

import type { Score } from '../model-entry.ts'

/** What a SimCC row says of its point, per axis. */
export interface AxisEvidence {
  /** Largest value of the row. */
  peak: number
  /** Largest value of softmax(beta * row); only looked at where the score kind is `logits`. */
  softmaxPeak: number
}

/** Softmax factor of the labels in the training of RTMPose and RTMW. */
const LABEL_BETA = 10

/**
 * Largest value of softmax(10 * g), where g is a Gaussian of height 1 and `sigma` bins around the middle of `bins` bins:
 * what a network that answers exactly as it was taught would reach.
 */
export function idealSoftmaxPeak (sigma: number, bins: number): number {
  const centre = Math.floor(bins / 2)
  let sum = 0
  for (let bin = 0; bin < bins; bin++) sum += Math.exp(LABEL_BETA * (Math.exp(-((bin - centre) ** 2) / (2 * sigma * sigma)) - 1))
  return 1 / sum
}

/**
 * Maps the evidence of both axes to a confidence of 0..1 that means the same for every model.
 * `logits`: the share of the ideal peak that the less sure axis reaches; shift-invariant, so that models trained
 * with other factors agree. `peak`: the mean of the two peaks. 0 where the mean of the peaks is not above 0: RTMLib rejects such points.
 * @param bins number of bins of simcc_x and simcc_y
 */
export function createSimccConfidence (score: Score, bins: readonly [number, number]): (x: AxisEvidence, y: AxisEvidence) => number {
  if (score.kind === 'peak') return (x, y) => clamp((x.peak + y.peak) / 2)
  const idealX = idealSoftmaxPeak(score.sigma[0], bins[0])
  const idealY = idealSoftmaxPeak(score.sigma[1], bins[1])
  return (x, y) => x.peak + y.peak <= 0 ? 0 : clamp(Math.min(x.softmaxPeak / idealX, y.softmaxPeak / idealY))
}

function clamp (value: number): number {
  return value > 0 ? Math.min(value, 1) : 0
}

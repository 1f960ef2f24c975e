import { pointSimilarity } from '../../models/people/oks.ts'
import type { ComparedPerson } from './compared-person.ts'
import type { PairedPeople } from './pair-people.ts'
import type { QualityPart } from './quality-parts.ts'
import type { OutcomeBin } from './fit-isotonic.ts'

/** One band of a reliability diagram. */
export interface ReliabilityBand {
  from: number
  to: number
  points: number
  /** Mean of the scores. */
  score: number
  /** Share that was right. */
  right: number
}

export interface ScoreOutcomes {
  add (people: PairedPeople): void
  /** Of the points in a part, in bins of a thousandth, ascending, without empty ones. */
  bins (part: Pick<QualityPart, 'first' | 'last'>): OutcomeBin[]
}

/**
 * A point counts as right when its own term of OKS is above one half, which is what the confidences of the starter models
 * mean; its distance may then be 1.18 * 2 sigma * sqrt(area).
 */
const leastSimilarity = 0.5
const binsPerPoint = 1001

/**
 * Counts how often predicted points of each score were right. Wrong are also those that the annotator has deleted, and those
 * of people who are not there.
 * @param sigmas of the keypoint set
 */
export function createScoreOutcomes (sigmas: readonly number[]): ScoreOutcomes {
  const counts = [0, 1].map(() => new Uint32Array(sigmas.length * binsPerPoint)) as [Uint32Array, Uint32Array]

  function count (predicted: ComparedPerson, truth: ComparedPerson | null): void {
    for (const [point, score] of predicted.scores.entries()) {
      if (score === null || predicted.points[point * 3 + 2]! <= 0) continue
      counts[Number(truth !== null && isRight(predicted, truth, point))]![point * binsPerPoint + Math.round(score * 1000)]!++
    }
  }

  function isRight ({ points }: ComparedPerson, truth: ComparedPerson, point: number): boolean {
    const at = point * 3
    if (truth.points[at + 2]! <= 0) return false
    const [dx, dy] = [points[at]! - truth.points[at]!, points[at + 1]! - truth.points[at + 1]!]
    return pointSimilarity(dx * dx + dy * dy, truth.area, sigmas[point]!) > leastSimilarity
  }

  return {
    add ({ pairs, removed }) {
      for (const { predicted, truth } of pairs) count(predicted, truth)
      for (const predicted of removed) count(predicted, null)
    },
    bins ({ first, last }) {
      const found: OutcomeBin[] = []
      for (let bin = 0; bin < binsPerPoint; bin++) {
        let [wrong, right] = [0, 0]
        for (let point = first; point <= last; point++) {
          wrong += counts[0][point * binsPerPoint + bin]!
          right += counts[1][point * binsPerPoint + bin]!
        }
        if (wrong + right > 0) found.push({ scores: bin / 1000 * (wrong + right), points: wrong + right, right })
      }
      return found
    }
  }
}

/** Ten bands of the scores, without empty ones. */
export function toReliability (bins: readonly OutcomeBin[]): ReliabilityBand[] {
  const bands = Array.from({ length: 10 }, (_, band) => ({ from: band / 10, to: (band + 1) / 10, points: 0, score: 0, right: 0 }))
  for (const { scores, points, right } of bins) {
    const band = bands[Math.min(9, Math.floor(scores / points * 10))]!
    band.points += points
    band.score += scores
    band.right += right
  }
  return bands.flatMap((band) => band.points === 0 ? [] : [{ ...band, score: band.score / band.points, right: band.right / band.points }])
}

/** Mean distance between what the scores say and what is right, over all points (expected calibration error); null without points. */
export function calibrationError (bands: readonly ReliabilityBand[]): number | null {
  const points = bands.reduce((sum, band) => sum + band.points, 0)
  return points === 0 ? null : bands.reduce((sum, band) => sum + band.points * Math.abs(band.score - band.right), 0) / points
}

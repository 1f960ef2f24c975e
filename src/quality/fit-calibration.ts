import type { KeypointSet } from '../../models/keypoint-set.ts'
import { fitIsotonic } from './fit-isotonic.ts'
import type { FittedCalibration } from './quality-report.ts'
import type { ScoreOutcomes } from './score-outcomes.ts'

/** Parts with fewer predicted points keep their scores. */
const fewestPoints = 200
/** Scores are counted to the thousandth. */
const halfBin = 0.0005

/**
 * One rising curve per part, from the scores of the predictions to the share that was right. Below the lowest score of all,
 * which is the threshold the predictions were made with, nothing is known: these points stay hidden.
 * @returns null when no part has enough points
 */
export function fitCalibration (outcomes: ScoreOutcomes, { parts, names }: KeypointSet): FittedCalibration | null {
  const lowest = outcomes.bins({ first: 0, last: names.length - 1 })[0]
  if (lowest === undefined) return null
  const floor = round(lowest.scores / lowest.points - halfBin)
  const groups: FittedCalibration['groups'] = []
  let points = 0
  for (const part of parts) {
    const bins = outcomes.bins(part)
    const samples = bins.reduce((sum, bin) => sum + bin.points, 0)
    if (samples < fewestPoints) continue
    const [first, ...others] = fitIsotonic(bins) as [[number, number], ...Array<[number, number]>]
    const ground: Array<[number, number]> = floor > 0.001 ? [[0, 0], [round(floor - 0.001), 0], [floor, first[1]]] : [[0, 0]]
    groups.push({
      points: Array.from({ length: part.last - part.first + 1 }, (_, index) => part.first + index),
      knots: [...ground, ...[first, ...others].filter(([score]) => score > Math.max(floor, 0))]
    })
    points += samples
  }
  return groups.length === 0 ? null : { groups, points }
}

function round (value: number): number {
  return Math.round(value * 1e4) / 1e4
}

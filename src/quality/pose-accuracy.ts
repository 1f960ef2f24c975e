import { cocoOks } from './coco-oks.ts'
import { hasPoint } from './compared-person.ts'
import type { Pair } from './pair-people.ts'
import type { QualityPart } from './quality-parts.ts'

/** Means over people who were both predicted and labelled; null without such. */
export interface AccuracyFigures {
  /** People with a labelled point in the part. */
  people: number
  oks: number | null
  /** Labelled points of these people. */
  points: number
  /** Share of the labelled points predicted within 0.05, 0.1 of the longer side of the labelled box. */
  pck05: number | null
  pck10: number | null
}

export interface PoseAccuracy {
  /** @returns OKS, or null where the part has no labelled point */
  add (pair: Pair): number | null
  result (): AccuracyFigures
}

/**
 * OKS and PCK of one part. A labelled point that was not predicted is wrong.
 * @see Y. Yang and D. Ramanan, Articulated human detection with flexible mixtures of parts, 2013 (PCK); mmpose `PCKAccuracy`,
 *   norm_item bbox, with the longer side
 */
export function createPoseAccuracy (sigmas: readonly number[], part: QualityPart): PoseAccuracy {
  let [people, sum, points] = [0, 0, 0]
  const near = [0, 0] as [number, number]

  return {
    add ({ predicted, truth }) {
      if (!hasPoint(truth.points, part)) return null
      const oks = cocoOks(predicted.points, truth, sigmas, part)
      people++
      sum += oks
      const [x1, y1, x2, y2] = truth.bbox
      const side = Math.max(x2 - x1, y2 - y1)
      for (let at = part.first * 3; at <= part.last * 3; at += 3) {
        if (truth.points[at + 2]! <= 0) continue
        points++
        if (predicted.points[at + 2]! <= 0) continue
        const distance = Math.hypot(predicted.points[at]! - truth.points[at]!, predicted.points[at + 1]! - truth.points[at + 1]!) / side
        if (distance < 0.05) near[0]++
        if (distance < 0.1) near[1]++
      }
      return oks
    },
    result: () => ({
      people,
      oks: people === 0 ? null : sum / people,
      points,
      pck05: points === 0 ? null : near[0] / points,
      pck10: points === 0 ? null : near[1] / points
    })
  }
}

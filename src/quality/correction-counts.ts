import Type, { type Static, type TSchema } from 'typebox'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { ControlPlan } from '../label-studio/control-plan.ts'
import { findCorrections, type PointCorrection } from '../label-studio/find-corrections.ts'
import { qualityParts, type QualityPart } from './quality-parts.ts'

const Count = Type.Integer({ minimum: 0 })

/** What annotators have done to points. All but `added` are of the prediction. */
export const CorrectionCountsSchema = Type.Object({
  kept: Count, moved: Count, deleted: Count, added: Count, relabelled: Count
} satisfies Record<PointCorrection['change'], TSchema>)
export type CorrectionCounts = Static<typeof CorrectionCountsSchema>

/** Before anything is counted. */
export function noCorrections (): CorrectionCounts {
  return { kept: 0, moved: 0, deleted: 0, added: 0, relabelled: 0 }
}

export interface CorrectionCounter {
  /** An annotation and the prediction it was made from. */
  add (predicted: unknown, annotated: unknown): void
  result (): Record<QualityPart['name'], CorrectionCounts>
}

/** Counts per part by the ids of the regions, see findCorrections. Points of no part, such as those of other labels, are passed over. */
export function createCorrectionCounter (plan: ControlPlan, set: KeypointSet): CorrectionCounter {
  const parts = qualityParts(set)
  const counts = Object.fromEntries(parts.map(({ name }) => [name, noCorrections()])) as Record<QualityPart['name'], CorrectionCounts>
  const indexOf = new Map(plan.pictures.flatMap(({ image, keypoints }) => keypoints.map(({ label, index }) => [`${image.name} ${label}`, index] as const)))

  return {
    add (predicted, annotated) {
      for (const { points } of findCorrections(predicted, annotated)) {
        for (const { change, name, toName } of points) {
          const index = indexOf.get(`${toName} ${name}`) ?? set.names.indexOf(name ?? '')
          if (index === -1) continue
          for (const { name: part, first, last } of parts) if (index >= first && index <= last) counts[part][change]++
        }
      }
    },
    result: () => counts
  }
}

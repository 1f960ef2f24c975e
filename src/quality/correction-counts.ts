import Type, { type Static, type TSchema } from 'typebox'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { ControlPlan, PicturePlan } from '../label-studio/control-plan.ts'
import { findCorrections, type PointCorrection } from '../label-studio/find-corrections.ts'
import { findKeypointTarget } from '../label-studio/find-keypoint-target.ts'
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

/** Counts per part by the ids of the regions, see findCorrections. Points of no part, such as those of other labels and controls, are passed over. */
export function createCorrectionCounter (plan: ControlPlan, set: KeypointSet): CorrectionCounter {
  const parts = qualityParts(set)
  const counts = Object.fromEntries(parts.map(({ name }) => [name, noCorrections()])) as Record<QualityPart['name'], CorrectionCounts>
  const pictures = new Map(plan.pictures.map((picture) => [picture.image.name, picture]))

  return {
    add (predicted, annotated) {
      for (const { points } of findCorrections(predicted, annotated)) {
        for (const point of points) {
          const picture = pictures.get(point.toName) ?? (point.toName === '' && plan.pictures.length === 1 ? plan.pictures[0] : undefined)
          const index = picture === undefined ? -1 : indexOf(point, picture, set)
          if (index === -1) continue
          for (const { name: part, first, last } of parts) if (index >= first && index <= last) counts[part][point.change]++
        }
      }
    },
    result: () => counts
  }
}

/** Which point of the set it is, as readPeople reads it; -1: none. */
function indexOf ({ name, label, fromName }: PointCorrection, picture: PicturePlan, set: KeypointSet): number {
  if (name === null) return -1
  const isOfSkeleton = picture.skeletons.some((skeleton) => skeleton.fromName === fromName && (skeleton.label === null || skeleton.label === label))
  return isOfSkeleton ? set.names.indexOf(name) : findKeypointTarget(picture, fromName, name)?.index ?? -1
}

import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { Person } from '../../models/person.ts'
import type { PicturePlan } from './control-plan.ts'
import { buildKeypointRegion } from './keypoint-region.ts'
import { markUnsure } from './mark-unsure.ts'
import type { ChoicesRegion, KeypointRegion, Prediction, RectangleRegion, VectorRegion } from './prediction-schema.ts'
import { buildRectangleRegion } from './rectangle-region.ts'
import type { RegionFrame } from './region-frame.ts'
import { regionIds } from './region-ids.ts'
import { toScore } from './to-score.ts'
import { buildVectorRegion } from './vector-region.ts'

/** One estimated picture of a task and what the interface wants of it. */
export interface AnsweredPicture {
  plan: PicturePlan
  /** Page of a multi-page picture, null for a single picture. */
  itemIndex: number | null
  /** Pixels of the upright picture. */
  width: number
  height: number
  people: readonly Person[]
}

export interface PredictionOptions {
  keypointSet: KeypointSet
  modelVersion: string
  /** Size of a point, percent of the picture's width. */
  keypointSize: number
}

/**
 * The answer for one task, which may hold several pictures. The order of the regions is the editor's order from top to
 * bottom: points first, boxes last, over all people and pictures, or the box of one would cover the points of another.
 */
export function toPrediction (pictures: readonly AnsweredPicture[], { keypointSet, modelVersion, keypointSize }: PredictionOptions): Prediction {
  const answerId = regionIds.createAnswer()
  const keypoints: Array<KeypointRegion | ChoicesRegion> = []
  const vectors: Array<VectorRegion | ChoicesRegion> = []
  const rectangles: Array<RectangleRegion | ChoicesRegion> = []

  for (const [number, { plan, itemIndex, width, height, people }] of pictures.entries()) {
    const frame: RegionFrame = { toName: plan.image.name, itemIndex, width, height }
    for (const [rank, person] of people.entries()) {
      const personId = regionIds.person(answerId, number, rank)
      const box = plan.people && buildRectangleRegion(person, plan.people, frame, { id: personId, parentId: null })
      const parentId = box ? personId : null
      for (const target of plan.keypoints) {
        const region = buildKeypointRegion(person, target, frame, { id: regionIds.keypoint(personId, target.index), parentId }, keypointSize)
        if (region) keypoints.push(...markUnsure(region, plan.certainty))
      }
      for (const [layer, target] of plan.skeletons.entries()) {
        const region = buildVectorRegion(person, target, keypointSet, frame, { id: regionIds.skeleton(personId, layer), parentId })
        if (region) vectors.push(...markUnsure(region, plan.certainty))
      }
      if (box) rectangles.push(...markUnsure(box, plan.certainty))
    }
  }
  return { result: [...keypoints, ...vectors, ...rectangles], score: leastScore(pictures), model_version: modelVersion }
}

/** That of the person the model is least sure of, see docs/decisions/0012. Without anybody 0: nobody may have been missed. */
function leastScore (pictures: readonly AnsweredPicture[]): number {
  const scores = pictures.flatMap(({ people }) => people.map(({ score }) => toScore(score)))
  return scores.length === 0 ? 0 : Math.min(...scores)
}

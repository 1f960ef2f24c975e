import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { ControlPlan } from './control-plan.ts'

export interface PlanCoverage {
  /** Keypoints with a place of their own or in a skeleton, over all pictures. */
  filled: string[]
  /** The others of the model's keypoints: left out of the answers. */
  missing: string[]
  /** One sentence for logs and checks. */
  sentence: string
}

/** What of a model's keypoints a labelling interface has a place for. */
export function describePlan ({ pictures }: ControlPlan, set: KeypointSet): PlanCoverage {
  const indices = new Set(pictures.flatMap(({ keypoints, skeletons }) => [
    ...keypoints.map(({ index }) => index),
    ...skeletons.flatMap(({ tree }) => set.trees.find(({ name }) => name === tree)?.edges.map(([child]) => child) ?? [])
  ]))
  const filled = set.names.filter((_, index) => indices.has(index))
  const missing = set.names.filter((_, index) => !indices.has(index))
  const extras = [
    pictures.every(({ people }) => people !== null) ? 'boxes of people' : 'no boxes (a RectangleLabels control with the label person would hold each person together)',
    pictures.some(({ prompts }) => prompts.length > 0) ? 'interactive prompts' : 'no interactive prompts'
  ]
  return { filled, missing, sentence: `The labelling interface takes ${filled.length} of ${set.names.length} points, ${extras.join(', ')}.` }
}

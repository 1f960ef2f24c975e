/** The form of a request without a labelling interface: every point of the model by its own name, nothing else. */
import type { ControlPlan } from './control-plan.ts'
import type { ImageTag } from './parse-label-config.ts'
import type { Prediction } from './prediction-schema.ts'
import { toPrediction, type AnsweredPicture, type PredictionOptions } from './to-prediction.ts'

const image: ImageTag = { name: 'image', value: '$image', multi: false }
const size = 2

/** Takes the place of a matched labelling interface: one picture per task, nothing to match. */
export function shortFormPictures (): ControlPlan {
  return { images: [image], pictures: [{ image, keypoints: [], people: null, skeletons: [], certainty: null }] }
}

/**
 * A flat list of points, named by the keypoint set, with a width and a height.
 * @param picture undefined: no person was asked for in it (a prompt elsewhere)
 */
export function toShortPrediction (picture: AnsweredPicture | undefined, options: Omit<PredictionOptions, 'keypointSize'>): Prediction {
  const keypoints = options.keypointSet.names.map((label, index) => ({ index, fromName: 'keypoints', label }))
  const pictures = picture ? [{ ...picture, plan: { ...picture.plan, keypoints } }] : []
  const prediction = toPrediction(pictures, { ...options, keypointSize: size })
  const result = prediction.result.map((region) => region.type === 'keypointlabels' ? { ...region, value: { ...region.value, height: size } } : region)
  return { ...prediction, result }
}

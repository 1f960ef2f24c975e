/** The form of a request without a labelling interface: every point of the model by its own name, and what is known of its people. */
import type { Person } from '../../models/person.ts'
import type { StageTimes } from '../../workers/protocol.ts'
import type { ControlPlan } from './control-plan.ts'
import type { ImageTag } from './parse-label-config.ts'
import type { KeypointRegion, RectangleRegion, ShortPrediction } from './prediction-schema.ts'
import { toPrediction, type AnsweredPicture, type PredictionOptions } from './to-prediction.ts'
import { toScore } from './to-score.ts'

const image: ImageTag = { name: 'image', value: '$image', multi: false }
const size = 2

/** Takes the place of a matched labelling interface: one picture per task, nothing to match. */
export function shortFormPictures (): ControlPlan {
  return { images: [image], pictures: [{ image, keypoints: [], people: null, skeletons: [], certainty: null }] }
}

/** How long a picture took, stage by stage, in milliseconds. */
export interface PictureTimes extends StageTimes {
  queueMs: number
  fetchMs: number
  /** The picture was known: its stages are timed as they were then. */
  isKnown: boolean
}

export interface ShortPredictionOptions extends Omit<PredictionOptions, 'keypointSize'> {
  /** That of the service, 0..1. */
  confidenceThreshold: number
}

/**
 * A flat list of points, named by the keypoint set, with a width and a height, and beside it the people they belong to.
 * @param picture undefined: no person was asked for in it (a prompt elsewhere)
 */
export function toShortPrediction (picture: AnsweredPicture & { times: PictureTimes } | undefined, { confidenceThreshold, ...options }: ShortPredictionOptions): ShortPrediction {
  const keypoints = options.keypointSet.names.map((label, index) => ({ index, fromName: 'keypoints', label }))
  const pictures = picture ? [{ ...picture, plan: { ...picture.plan, keypoints, people: { fromName: 'people', label: null } } }] : []
  const { result, ...prediction } = toPrediction(pictures, { ...options, keypointSize: size })
  return {
    result: result.filter(({ type }) => type === 'keypointlabels').map((region) => withHeight(region as KeypointRegion)),
    ...prediction,
    keypoint_set: options.keypointSet.id,
    confidence_threshold: confidenceThreshold,
    people: result.filter(({ type }) => type === 'rectangle').map((region) => describePerson(region as RectangleRegion, picture!.people)),
    ...(picture && { original_width: picture.width, original_height: picture.height, timing: describeTimes(picture.times) })
  }
}

function withHeight (region: KeypointRegion): KeypointRegion {
  return { ...region, value: { ...region.value, height: size } }
}

function describePerson ({ id, score, value: { x, y, width, height } }: RectangleRegion, people: readonly Person[]): ShortPrediction['people'][number] {
  // toPrediction ends the id of a box with the place of its person.
  const { bboxScore } = people[Number(id.slice(id.lastIndexOf('p') + 1))]!
  return { id, score, box_score: toScore(bboxScore), box: { x, y, width, height } }
}

function describeTimes ({ queueMs, fetchMs, decodeMs, detectMs, poseMs, isKnown }: PictureTimes): NonNullable<ShortPrediction['timing']> {
  return { queue_ms: round(queueMs), fetch_ms: round(fetchMs), decode_ms: round(decodeMs), detect_ms: round(detectMs), pose_ms: round(poseMs), is_known: isKnown }
}

/** To a tenth. */
function round (milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10
}

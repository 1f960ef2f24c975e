import type { Person } from '../person.ts'

/**
 * Least points of a person found by the detector, in a box that nobody drew. One or two sure points lie on flowers and
 * cakes as often as on people: asking for three left the mean OKS on the labelled photos as it was and took 13 of 186
 * people (bench/accuracy.ts, RTMDet-nano).
 */
export const FEWEST_POINTS = 3

export interface PointFilter {
  /** 0..1, points below are "not found". */
  confidenceThreshold: number
  /** Of a person that stays. A box that somebody drew has 1: a person is there, however little is sure of it. FEWEST_POINTS unless told. */
  fewestPoints?: number
  /** Confidences as a project's annotators have borne them out (CALIBRATION_FILE); the threshold is for these. */
  calibrate?: (point: number, confidence: number) => number
}

/**
 * Takes out what is too unsure to show: points below the threshold become 0, 0, 0. The person's score stays.
 * @returns null when too few stay
 */
export function filterPoints (person: Person, { confidenceThreshold, fewestPoints = FEWEST_POINTS, calibrate = (_, confidence) => confidence }: PointFilter): Person | null {
  const keypoints = new Float64Array(person.keypoints.length)
  let found = 0
  for (let at = 0; at < keypoints.length; at += 3) {
    const confidence = calibrate(at / 3, person.keypoints[at + 2]!)
    if (!(confidence > 0) || confidence < confidenceThreshold) continue
    keypoints[at] = person.keypoints[at]!
    keypoints[at + 1] = person.keypoints[at + 1]!
    keypoints[at + 2] = confidence
    found++
  }
  return found >= fewestPoints ? { ...person, keypoints } : null
}

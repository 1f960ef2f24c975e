import type { Person } from '../person.ts'

/**
 * Least points of a person found by the detector, in a box that nobody drew. One or two sure points lie on flowers and
 * cakes as often as on people: asking for three left the mean OKS on the labelled photos as it was and took 13 of 186
 * people (bench/accuracy.ts, RTMDet-nano).
 */
export const FEWEST_POINTS = 3

/**
 * Takes out what is too unsure to show: points below the threshold become 0, 0, 0.
 * @param fewestPoints of those that stay. A box that somebody drew gets 1: a person is there, however little is sure of it
 * @returns null when fewer stay
 */
export function filterPoints (person: Person, confidenceThreshold: number, fewestPoints = FEWEST_POINTS): Person | null {
  const keypoints = new Float64Array(person.keypoints.length)
  let found = 0
  for (let at = 0; at < keypoints.length; at += 3) {
    const confidence = person.keypoints[at + 2]!
    if (!(confidence > 0) || confidence < confidenceThreshold) continue
    keypoints[at] = person.keypoints[at]!
    keypoints[at + 1] = person.keypoints[at + 1]!
    keypoints[at + 2] = confidence
    found++
  }
  return found >= fewestPoints ? { ...person, keypoints } : null
}

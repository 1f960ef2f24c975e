import type { Person } from '../person.ts'

/**
 * Takes out what is too unsure to show: points below the threshold become 0, 0, 0.
 * @returns null when no point is left: a person of whom nothing was found is no help to an annotator
 */
export function filterPoints (person: Person, confidenceThreshold: number): Person | null {
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
  return found > 0 ? { ...person, keypoints } : null
}

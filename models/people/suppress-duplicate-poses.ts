import type { KeypointSet } from '../keypoint-set.ts'
import type { Person } from '../person.ts'
import { areaOfBox, oks } from './oks.ts'

/** Between 0.5 and 0.7 second poses of one person go, and people who stand close together stay. */
const OKS_THRESHOLD = 0.6

/** Least number of common body points from which the body alone decides. */
const ENOUGH_BODY_POINTS = 3

/**
 * Pose suppression: of two poses of the same person the one with the higher score stays. Boxes are not compared, since those
 * of people who stand close together overlap as much as those of duplicates do. Order by score, best first.
 */
export function suppressDuplicatePoses (people: readonly Person[], keypointSet: KeypointSet): Person[] {
  const kept: Person[] = []
  for (const person of [...people].sort((a, b) => b.score - a.score)) {
    if (!kept.some((better) => isSamePerson(better, person, keypointSet))) kept.push(person)
  }
  return kept
}

function isSamePerson (a: Person, b: Person, { sigmas, parts }: KeypointSet): boolean {
  const area = (areaOfBox(a.bbox) + areaOfBox(b.bbox)) / 2
  const last = sigmas.length - 1
  const body = parts.find((part) => part.name === 'body')
  // Face and hands are small and their sigmas tiny: two crops of one person already differ by more there.
  if (body !== undefined) {
    const similarity = oks(a.keypoints, b.keypoints, area, sigmas, body.first, body.last)
    if (similarity.common >= ENOUGH_BODY_POINTS) return decide(similarity, Math.min(count(a, body.first, body.last), count(b, body.first, body.last)))
  }
  return decide(oks(a.keypoints, b.keypoints, area, sigmas), Math.min(count(a, 0, last), count(b, 0, last)))
}

/** A few points that happen to coincide make no duplicate: half of the lesser pose must be shared. */
function decide (similarity: { oks: number, common: number }, pointsOfLesser: number): boolean {
  return similarity.oks > OKS_THRESHOLD && similarity.common * 2 >= pointsOfLesser
}

function count (person: Person, first: number, last: number): number {
  let found = 0
  for (let point = first; point <= last; point++) if (person.keypoints[point * 3 + 2]! > 0) found++
  return found
}

import type { KeypointSet } from '../keypoint-set.ts'
import type { Person } from '../person.ts'
import { suppressDuplicatePoses } from './suppress-duplicate-poses.ts'

/** The last step of a picture, for which all its people are needed: duplicates out, best score first, at most `maxPeople`. */
export function selectPeople (people: readonly Person[], keypointSet: KeypointSet, maxPeople: number): Person[] {
  return suppressDuplicatePoses(people, keypointSet).slice(0, maxPeople)
}

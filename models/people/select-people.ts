import type { KeypointSet } from '../keypoint-set.ts'
import type { Person } from '../person.ts'
import { filterPoints } from './filter-points.ts'
import { suppressDuplicatePoses } from './suppress-duplicate-poses.ts'

export interface Selection {
  /** 0..1, points below are "not found". */
  confidenceThreshold: number
  maxPeople: number
}

/**
 * The last step of a picture, for which all its people are needed: duplicates out, unsure points out, best score first, at most
 * `maxPeople`. Duplicates are judged by all points: compared by the sure ones alone, people who overlap are lost.
 */
export function selectPeople (people: readonly Person[], keypointSet: KeypointSet, { confidenceThreshold, maxPeople }: Selection): Person[] {
  return suppressDuplicatePoses(people, keypointSet)
    .map((person) => filterPoints(person, confidenceThreshold))
    .filter((person) => person !== null)
    .slice(0, maxPeople)
}

import type { KeypointSet } from '../keypoint-set.ts'
import type { Person } from '../person.ts'
import { filterPoints, type PointFilter } from './filter-points.ts'
import { suppressDuplicatePoses } from './suppress-duplicate-poses.ts'

export interface Selection extends Omit<PointFilter, 'fewestPoints'> {
  maxPeople: number
  /** 0..1, people who score less are none: how sure their points are tells more than the box alone. */
  leastScore?: number
}

/**
 * The last step of a picture, for which all its people are needed: duplicates out, unsure people and points out, best score
 * first, at most `maxPeople`. Duplicates are judged by all points: compared by the sure ones alone, people who overlap are lost.
 * A project's calibration comes last, since all limits before it are those of the network's own confidences.
 */
export function selectPeople (people: readonly Person[], keypointSet: KeypointSet, { maxPeople, leastScore = 0, ...filter }: Selection): Person[] {
  return suppressDuplicatePoses(people, keypointSet)
    .filter(({ score }) => score >= leastScore)
    .map((person) => filterPoints(person, filter))
    .filter((person) => person !== null)
    .slice(0, maxPeople)
}

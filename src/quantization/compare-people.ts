import type { KeypointSet } from '../../models/keypoint-set.ts'
import { boxOverlap } from '../../models/people/box-overlap.ts'
import { areaOfBox, oks } from '../../models/people/oks.ts'
import type { Person } from '../../models/person.ts'

export interface Comparison {
  /** People of the original. */
  people: number
  /** Mean over the people of the original that the copy has too, 0..1; a point that the copy has lost earns nothing. 1 without any. */
  oks: number
  /** Share of the original's people that the copy lacks. */
  missed: number
  /** People only the copy has, as a share of the original's. */
  added: number
}

/** Least overlap of two boxes of one person. */
const SAME = 0.5

/**
 * How far a copy of a network agrees with its original over pictures, people matched by their boxes, best first.
 * @param pairs per picture the people of both
 */
export function comparePeople (pairs: ReadonlyArray<{ original: readonly Person[], copy: readonly Person[] }>, { sigmas }: KeypointSet): Comparison {
  const scores: number[] = []
  let [people, added] = [0, 0]
  for (const { original, copy } of pairs) {
    const free = new Set(copy)
    for (const person of original) {
      const [match, overlap] = [...free].map((other) => [other, boxOverlap(person.bbox, other.bbox)] as const).sort((a, b) => b[1] - a[1])[0] ?? [null, 0]
      if (match === null || overlap < SAME) continue
      free.delete(match)
      scores.push(similarity(person, match, sigmas))
    }
    people += original.length
    added += free.size
  }
  return {
    people,
    oks: scores.length > 0 ? scores.reduce((sum, score) => sum + score, 0) / scores.length : 1,
    missed: people > 0 ? 1 - scores.length / people : 0,
    added: people > 0 ? added / people : 0
  }
}

function similarity (original: Person, copy: Person, sigmas: readonly number[]): number {
  const present = original.keypoints.filter((value, index) => index % 3 === 2 && value > 0).length
  const { oks: mean, common } = oks(original.keypoints, copy.keypoints, areaOfBox(original.bbox), sigmas)
  return present > 0 ? mean * common / present : 1
}

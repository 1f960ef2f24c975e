import { boxOverlap } from '../../models/people/box-overlap.ts'
import { assignPairs } from './assign-pairs.ts'
import { cocoOks } from './coco-oks.ts'
import { hasPoint, type ComparedPerson } from './compared-person.ts'

/** Two people who agree less than this in their points, and hardly share a box, are two people. */
const leastOks = 0.1
const leastOverlap = 0.5
/** The overlap of the boxes decides only where the points do not. */
const weightOfOverlap = 0.01

export interface Pair {
  predicted: ComparedPerson
  truth: ComparedPerson
}

export interface PairedPeople {
  pairs: Pair[]
  /** Predicted, but not labelled: removed by the annotator. */
  removed: ComparedPerson[]
  /** Labelled, but not predicted: added by the annotator. */
  added: ComparedPerson[]
}

/** Who of the labelled people each predicted one is, so that the sum of the similarities (OKS over all points) is largest. */
export function pairPeople (predicted: readonly ComparedPerson[], truths: readonly ComparedPerson[], sigmas: readonly number[]): PairedPeople {
  const found = assignPairs(predicted.map((person) => truths.map((truth) => likeness(person, truth, sigmas))))
  const [taken, met] = [new Set(found.map(([row]) => row)), new Set(found.map(([, column]) => column))]
  return {
    pairs: found.map(([row, column]) => ({ predicted: predicted[row]!, truth: truths[column]! })),
    removed: predicted.filter((_, row) => !taken.has(row)),
    added: truths.filter((_, column) => !met.has(column))
  }
}

function likeness (predicted: ComparedPerson, truth: ComparedPerson, sigmas: readonly number[]): number {
  const whole = { first: 0, last: sigmas.length - 1 }
  const oks = hasPoint(predicted.points, whole) && hasPoint(truth.points, whole) ? cocoOks(predicted.points, truth, sigmas, whole) : 0
  const shared = boxOverlap(predicted.bbox, truth.bbox)
  return oks >= leastOks || shared >= leastOverlap ? oks + weightOfOverlap * shared : 0
}

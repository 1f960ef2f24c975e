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
  const shared = overlap(predicted.bbox, truth.bbox)
  return oks >= leastOks || shared >= leastOverlap ? oks + weightOfOverlap * shared : 0
}

/** Intersection over union. */
function overlap (a: ComparedPerson['bbox'], b: ComparedPerson['bbox']): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0])
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1])
  if (width <= 0 || height <= 0) return 0
  const areaOf = ([x1, y1, x2, y2]: ComparedPerson['bbox']): number => (x2 - x1) * (y2 - y1)
  return width * height / (areaOf(a) + areaOf(b) - width * height)
}

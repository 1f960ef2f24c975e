import type { KeypointSet } from '../../models/keypoint-set.ts'

/** Which points a file holds, in which order. Positions count from 0 inside this order. */
export interface PointLayout {
  set: KeypointSet
  /** Indices into the set. */
  indices: readonly number[]
  names: readonly string[]
  /** Bones between the points that are there. */
  links: ReadonlyArray<readonly [number, number]>
  /** Position of the same point on the other side of the body; null when one of them is not in the file. */
  flip: readonly number[] | null
}

export function layOutPoints (set: KeypointSet, indices: readonly number[] = set.names.map((_, index) => index)): PointLayout {
  const positions = new Map(indices.map((index, position) => [index, position]))
  const flip = indices.map((index) => positions.get(set.flip[index]!))
  return {
    set,
    indices,
    names: indices.map((index) => set.names[index]!),
    links: set.links.flatMap(([from, to]): Array<[number, number]> => {
      const [a, b] = [positions.get(from), positions.get(to)]
      return a === undefined || b === undefined ? [] : [[a, b]]
    }),
    flip: flip.every((position) => position !== undefined) ? flip : null
  }
}

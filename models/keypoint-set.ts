/** Facts of a set of keypoints. Indices are positions in `names`. */
export interface KeypointSet {
  id: 'coco-17' | 'halpe-26' | 'coco-wholebody-133'
  names: readonly string[]
  /** Index of the same point on the other side of the body; its own index for points on the axis. */
  flip: readonly number[]
  /** Bones, for drawing. */
  links: ReadonlyArray<readonly [number, number]>
  /** Contiguous ranges, first and last index inclusive. */
  parts: ReadonlyArray<{ name: PartName, first: number, last: number }>
  /** Per-point constants of OKS. */
  sigmas: readonly number[]
  /**
   * Spanning trees for skeleton regions: [child, parent], parents before children, parent -1 = root.
   * `body` is the same points as `left_side` and `right_side` together: one drawing, or one in each colour.
   */
  trees: ReadonlyArray<{ name: TreeName, edges: ReadonlyArray<readonly [number, number]> }>
}

export type PartName = 'body' | 'feet' | 'face' | 'left_hand' | 'right_hand'
export type TreeName = 'body' | 'left_side' | 'right_side' | 'left_hand' | 'right_hand'

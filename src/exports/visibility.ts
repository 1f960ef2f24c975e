import type { AnnotatedPoint } from '../label-studio/annotated-person.ts'

/**
 * COCO's three states. 2: placed. 1: placed and marked as hidden by a per-region choice (occluded, hidden, invisible, not
 * visible): the only thing in Label Studio that says so. 0: not placed.
 */
export function visibility (point: AnnotatedPoint | null): 0 | 1 | 2 {
  if (point === null) return 0
  return point.isOccluded ? 1 : 2
}

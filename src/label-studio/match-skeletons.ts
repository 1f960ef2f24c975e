import type { KeypointSet, TreeName } from '../../models/keypoint-set.ts'
import type { SkeletonTarget } from './control-plan.ts'
import { normalizeName } from './normalize-name.ts'
import type { ControlTag } from './parse-label-config.ts'

const trees = new Map<string, TreeName>([
  ...['body', 'skeleton', 'person', 'people', 'human', 'pose'].map((name) => [name, 'body'] as const),
  ['leftside', 'left_side'],
  ['leftbody', 'left_side'],
  ['rightside', 'right_side'],
  ['rightbody', 'right_side'],
  ['lefthand', 'left_hand'],
  ['righthand', 'right_hand']
])

/**
 * Finds where skeletons go among the controls of one picture: Vector and VectorLabels with skeleton="true".
 * The label says which tree; where it does not and is the only one, the control's name does, and else it is the body.
 */
export function matchSkeletons (controls: readonly ControlTag[], set: KeypointSet): SkeletonTarget[] {
  const targets = new Map<TreeName, SkeletonTarget>()
  const take = (tree: TreeName, fromName: string, label: string | null) => {
    if (targets.has(tree) || !set.trees.some(({ name }) => name === tree)) return
    targets.set(tree, { tree, fromName, label })
  }

  for (const { type, name, labels, attributes } of controls) {
    if (attributes['skeleton'] !== 'true') continue
    const ofControl = trees.get(normalizeName(name)) ?? 'body'
    if (type === 'vector') take(ofControl, name, null)
    if (type !== 'vectorlabels') continue
    for (const { alias, value } of labels) {
      const tree = trees.get(normalizeName(alias ?? '')) ?? trees.get(normalizeName(value)) ?? (labels.length === 1 ? ofControl : undefined)
      if (tree) take(tree, name, alias ?? value)
    }
  }
  return [...targets.values()]
}

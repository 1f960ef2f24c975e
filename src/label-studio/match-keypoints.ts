import type { KeypointSet } from '../../models/keypoint-set.ts'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import type { KeypointTarget } from './control-plan.ts'
import { meansPerson } from './means-person.ts'
import { normalizeName } from './normalize-name.ts'
import type { ControlLabel, ControlTag } from './parse-label-config.ts'

/**
 * Finds the label of each point of the set among the KeyPointLabels controls of one picture, by alias, by value,
 * or else by `model_index`, which always counts in the order of COCO-WholeBody: an interface keeps its meaning
 * when the model is changed. A label that says more than one thing is taken by its name.
 */
export function matchKeypoints (controls: readonly ControlTag[], set: KeypointSet): KeypointTarget[] {
  const indexOfName = indexNames(set)
  const targets = new Map<number, KeypointTarget>()
  const take = (index: number | undefined, control: ControlTag, label: ControlLabel) => {
    if (index === undefined || targets.has(index)) return
    targets.set(index, { index, fromName: control.name, label: label.alias ?? label.value })
  }

  const unnamed: Array<[ControlTag, ControlLabel]> = []
  for (const control of controls) {
    if (control.type !== 'keypointlabels' || control.attributes['smartonly'] === 'true') continue
    for (const label of control.labels) {
      if (meansPerson(label) === false) continue
      const index = indexOfName.get(normalizeName(label.alias ?? '')) ?? indexOfName.get(normalizeName(label.value))
      if (index === undefined) unnamed.push([control, label])
      else take(index, control, label)
    }
  }
  for (const [control, label] of unnamed) {
    const name = cocoWholebody133.names[readIndex(label)]
    if (name !== undefined) take(indexOfName.get(normalizeName(name)), control, label)
  }
  return [...targets.values()].sort((a, b) => a.index - b.index)
}

const indices = new WeakMap<KeypointSet, ReadonlyMap<string, number>>()

/** Once for each set: an interface may have thousands of pictures. */
function indexNames (set: KeypointSet): ReadonlyMap<string, number> {
  const known = indices.get(set) ?? new Map(set.names.map((name, index) => [normalizeName(name), index]))
  indices.set(set, known)
  return known
}

function readIndex (label: ControlLabel): number {
  const text = label.attributes['model_index']?.trim() ?? ''
  return /^\d{1,4}$/.test(text) ? Number(text) : -1
}

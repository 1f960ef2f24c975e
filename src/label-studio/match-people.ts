import type { PeopleTarget } from './control-plan.ts'
import { meansPerson } from './means-person.ts'
import type { ControlTag } from './parse-label-config.ts'

/**
 * Finds where the boxes of people go among the controls of one picture: a RectangleLabels label that means a person,
 * or else the only label there is (it may be in any language), or else a plain Rectangle that is not a smart tool.
 */
export function matchPeople (controls: readonly ControlTag[]): PeopleTarget | null {
  const candidates = controls
    .filter(({ type, attributes }) => type === 'rectanglelabels' && attributes['smartonly'] !== 'true')
    .flatMap((control) => control.labels.map((label) => ({ control, label, verdict: meansPerson(label) })))
    .filter(({ verdict }) => verdict !== false)
  const chosen = candidates.find(({ verdict }) => verdict) ?? (candidates.length === 1 ? candidates[0] : undefined)
  if (chosen) return { fromName: chosen.control.name, label: chosen.label.alias ?? chosen.label.value }

  // Controls are smart unless they say otherwise, and a smart rectangle is how one asks for a person.
  const plain = controls.find(({ type, attributes }) => type === 'rectangle' && attributes['smart'] === 'false')
  return plain ? { fromName: plain.name, label: null } : null
}

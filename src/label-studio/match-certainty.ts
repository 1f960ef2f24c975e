import type { CertaintyTarget } from './control-plan.ts'
import { normalizeName } from './normalize-name.ts'
import type { ControlTag } from './parse-label-config.ts'

const names = new Set(['unsure', 'uncertain'])
const usualBelow = 0.5

/**
 * Finds where unsure regions are marked among the controls of one picture: a Choices control per region with a choice
 * `unsure`, as value or alias. Its attribute `unsure_below` moves the limit. null: the interface does not ask for it.
 */
export function matchCertainty (controls: readonly ControlTag[]): CertaintyTarget | null {
  for (const { type, name, labels, attributes } of controls) {
    if (type !== 'choices' || attributes['perregion'] !== 'true') continue
    const choice = labels.find(({ alias, value }) => [alias, value].some((text) => text !== null && names.has(normalizeName(text))))
    if (choice) return { fromName: name, choice: choice.alias ?? choice.value, below: readLimit(attributes['unsure_below']) }
  }
  return null
}

function readLimit (text: string | undefined): number {
  const limit = Number(text?.trim() || Number.NaN)
  return limit >= 0 && limit <= 1 ? limit : usualBelow
}

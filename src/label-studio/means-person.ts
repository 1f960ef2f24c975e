import type { ControlLabel } from './parse-label-config.ts'
import { normalizeName } from './normalize-name.ts'

const names = new Set(['person', 'persons', 'people', 'human', 'humans'])

/**
 * Whether a label stands for a person by its `predicted_values` (a list of the model's classes, as the YOLO
 * examples of Label Studio have it) or by its name. null: it does not say.
 */
export function meansPerson (label: ControlLabel): boolean | null {
  const predicted = label.attributes['predicted_values']?.split(',').map(normalizeName).filter((value) => value !== '')
  if (predicted && predicted.length > 0) return predicted.some((value) => names.has(value))
  return [label.alias, label.value].some((text) => text !== null && names.has(normalizeName(text))) ? true : null
}

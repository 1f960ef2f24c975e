import { chooseLabels, type LabelSource } from './choose-labels.ts'
import type { LabelledTask } from './labelled-task.ts'
import type { ControlLabel, ControlTag, LabelConfig } from './parse-label-config.ts'

export interface LabelConfigInference {
  /** Notes the controls and labels that a task makes use of. */
  see (task: LabelledTask): void
  /** The least interface under which they could have been made. */
  config (): LabelConfig
}

const types = new Set(['keypointlabels', 'vectorlabels', 'vector', 'rectanglelabels', 'rectangle'])

/**
 * For exports of Label Studio, which do not hold the labelling interface: reads it off the regions. Labels are then known
 * by what stands in the regions alone, so a `model_index` is lost, and an Image tag is taken to read the key of its own name.
 */
export function inferLabelConfig (source: LabelSource): LabelConfigInference {
  const controls = new Map<string, { type: string, name: string, toNames: Set<string>, labels: Set<string> }>()
  const images = new Map<string, { isMulti: boolean }>()

  return {
    see (task) {
      const result = chooseLabels(task, source)?.result
      for (const region of Array.isArray(result) ? result as unknown[] : []) {
        if (typeof region !== 'object' || region === null) continue
        const { type, from_name: name, to_name: toName, item_index: itemIndex, value } = region as Record<string, unknown>
        if (typeof type !== 'string' || typeof name !== 'string' || typeof toName !== 'string' || !types.has(type)) continue
        const image = images.get(toName) ?? { isMulti: false }
        images.set(toName, { isMulti: image.isMulti || Number.isInteger(itemIndex) })
        const control = controls.get(name) ?? { type, name, toNames: new Set(), labels: new Set() }
        controls.set(name, control)
        control.toNames.add(toName)
        const labels = (value as Record<string, unknown> | null | undefined)?.[type]
        if (Array.isArray(labels)) for (const label of labels) if (typeof label === 'string' && label !== '') control.labels.add(label)
      }
    },
    config: () => ({
      images: [...images].map(([name, { isMulti }]) => ({ name, value: `$${name}`, multi: isMulti })),
      controls: [...controls.values()].map(({ type, name, toNames, labels }): ControlTag => ({
        type,
        name,
        toNames: [...toNames],
        labels: [...labels].map((value): ControlLabel => ({ value, alias: null, attributes: {} })),
        attributes: attributesOf(type)
      })),
      otherObjects: []
    })
  }
}

/** What matchControls asks of these types before it takes them: their regions would not be there otherwise. */
function attributesOf (type: string): Record<string, string> {
  if (type === 'vector' || type === 'vectorlabels') return { skeleton: 'true' }
  return type === 'rectangle' ? { smart: 'false' } : {}
}

import { createPoseError } from '../../errors.ts'
import type { LabelStudioClient } from '../client/label-studio-client.ts'
import { updateProject, type Project } from '../client/projects.ts'
import { labelConfigPreset, presetNames, type PresetName } from '../label-config-preset.ts'
import { parseLabelConfig } from '../parse-label-config.ts'
import { findObstacle, type Judge } from './find-obstacle.ts'
import { fittingPreset } from './fitting-preset.ts'
import type { Step } from './step.ts'
import { withExplanation } from './with-explanation.ts'

export interface WantedLabelConfig extends Judge {
  preset: PresetName
  /** false: the preset is only a default, and another of ours that is there is as good. */
  isPresetChosen: boolean
  /** Replace whatever is there. */
  replace: boolean
}

/**
 * Gives the project a labelling interface that this model can fill. What is there stays where it can be filled; it is replaced
 * where it is empty, where it is another preset of ours that was asked to change and holds no annotations, and on demand.
 * @throws PoseError LABEL_CONFIG_FOREIGN: it would have to be replaced; PRESET_UNMATCHED: the preset that is there or would be put
 * there does not fit; nothing is changed then. LABEL_STUDIO_CONFIG: Label Studio refuses
 */
export async function settleLabelConfig (client: LabelStudioClient, project: Project, wanted: WantedLabelConfig): Promise<Step> {
  const { preset } = wanted
  const current = project.label_config ?? ''
  const wantedXml = labelConfigPreset(preset)
  const step = (state: Step['state'], text: string): Step => ({ name: 'interface', state, text })

  async function put (text: string): Promise<Step> {
    await fittingPreset(preset, wanted)
    await withExplanation({ subject: 'label config', project: project.id }, () => updateProject(client, project.id, { label_config: wantedXml }))
    return step('changed', text)
  }

  async function leave (name: PresetName): Promise<Step> {
    await fittingPreset(name, wanted)
    return step('right', `preset ${name}`)
  }

  if (isSameXml(current, wantedXml)) return await leave(preset)
  if (isEmpty(current)) return await put(`preset ${preset}`)
  if (wanted.replace) return await put(`preset ${preset} in place of ${describeLoss(current, wantedXml)}`)

  const own = presetNames.find((name) => isSameXml(current, labelConfigPreset(name)))
  const annotations = project.total_annotations_number ?? 0
  if (own !== undefined && wanted.isPresetChosen && annotations === 0) return await put(`preset ${preset} in place of ${own}`)
  if (own !== undefined && !wanted.isPresetChosen) return await leave(own)

  const sentence = await findObstacle(current, wanted)
  if (sentence === null) {
    return step('kept', `${own === undefined ? 'an interface of your own, which the model can fill' : `preset ${own}, because ${count(annotations)} there`}; ` +
      `--replace-config puts preset ${preset} in its place, without ${describeLoss(current, wantedXml)}`)
  }
  throw createPoseError('LABEL_CONFIG_FOREIGN', `${describeLoss(current, wantedXml)}; ${count(annotations)} there`)
}

/** As a project has it that nobody has given an interface yet. */
function isEmpty (xml: string): boolean {
  return /^\s*(<View\s*\/>|<View>\s*<\/View>)?\s*$/i.test(xml)
}

function isSameXml (one: string, other: string): boolean {
  const normalize = (xml: string) => xml.replace(/\s+/g, ' ').replace(/> </g, '><').trim()
  return normalize(one) === normalize(other)
}

/** The controls that only the first of the two has, in words. */
function describeLoss (from: string, to: string): string {
  let controls
  try {
    controls = parseLabelConfig(from).controls
  } catch {
    return 'an interface that cannot be read'
  }
  const staying = new Set(parseLabelConfig(to).controls.map(({ type, name }) => `${type} ${name}`))
  const lost = controls.filter(({ type, name }) => !staying.has(`${type} ${name}`)).map(({ type, name, labels }) => {
    const shown = labels.slice(0, 3).map(({ value }) => value.slice(0, 40)).join(', ')
    return `${type} "${name}"${labels.length > 0 ? ` (${shown}${labels.length > 3 ? ` and ${labels.length - 3} more labels` : ''})` : ''}`
  })
  if (lost.length === 0) return 'controls of the same names'
  return lost.length > 5 ? `${lost.slice(0, 5).join(', ')} and ${lost.length - 5} more controls` : lost.join(', ')
}

function count (annotations: number): string {
  return annotations === 1 ? '1 annotation is' : `${annotations === 0 ? 'no' : annotations} annotations are`
}

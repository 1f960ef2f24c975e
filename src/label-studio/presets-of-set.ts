import type { KeypointSet } from '../../models/keypoint-set.ts'
import { labelConfigPreset, presetNames, type PresetName } from './label-config-preset.ts'
import { parseLabelConfig } from './parse-label-config.ts'
import { planPictures } from './plan-pictures.ts'

const known = new Map<KeypointSet['id'], readonly PresetName[]>()

/** The presets of which a model with these points fills something. */
export function presetsOfSet (set: KeypointSet): readonly PresetName[] {
  const names = known.get(set.id) ?? presetNames.filter((name) => planPictures(parseLabelConfig(labelConfigPreset(name)), set).length > 0)
  known.set(set.id, names)
  return names
}

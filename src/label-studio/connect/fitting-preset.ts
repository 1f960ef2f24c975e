import { createPoseError } from '../../errors.ts'
import { labelConfigPreset, presetNames, type PresetName } from '../label-config-preset.ts'
import { findObstacle, type Judge } from './find-obstacle.ts'

/**
 * The XML of a preset that the model can fill.
 * @throws PoseError PRESET_UNMATCHED: it cannot; names those that it can
 */
export async function fittingPreset (preset: PresetName, judge: Judge): Promise<string> {
  const labelConfig = labelConfigPreset(preset)
  if (await findObstacle(labelConfig, judge) === null) return labelConfig
  const fitting: PresetName[] = []
  for (const name of presetNames) {
    if (name !== preset && await findObstacle(labelConfigPreset(name), judge) === null) fitting.push(name)
  }
  throw createPoseError('PRESET_UNMATCHED', `${preset}; ${fitting.length > 0 ? `${fitting.join(', ')} fit` : 'none fits'}`)
}

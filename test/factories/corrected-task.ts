import type { Person } from '../../models/person.ts'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import { regionsOf } from './exported-tasks.ts'

export const wholebody = labelConfigPreset('wholebody133')

/** As toPrediction makes it, with what the editor adds. */
export interface Region { id: string, type: string, parentID?: string, origin?: string, score?: number, value: { x: number, y: number, keypointlabels?: string[] } }

export interface CorrectedTask {
  id: number
  project: number
  data: { image: string }
  annotations: Array<{ id: number, result: Region[], was_cancelled: boolean, parent_prediction: number | null, lead_time: number }>
  predictions: Array<{ id: number, result: Region[], model_version: string, created_at: string }>
}

export const isPoint = (region: Region, name: string): boolean => region.value.keypointlabels?.[0] === name

/** A task with a prediction of these people and the annotation an annotator has made of it. */
export function correctedTask (id: number, people: readonly Person[], correct: (regions: Region[]) => Region[] = (regions) => regions, overrides: { version?: string, parent?: number | null, seconds?: number } = {}): CorrectedTask {
  const result = regionsOf(wholebody, people) as Region[]
  const { version = 'v1', parent = 500 + id, seconds = 30 } = overrides
  return {
    id,
    project: 7,
    data: { image: `/data/upload/7/picture-${id}.jpg` },
    annotations: [{ id: 100 + id, result: correct(structuredClone(result)), was_cancelled: false, parent_prediction: parent, lead_time: seconds }],
    predictions: [{ id: 500 + id, result, model_version: version, created_at: '2026-11-25T10:00:00Z' }]
  }
}

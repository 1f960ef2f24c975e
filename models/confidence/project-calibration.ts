/** What `evaluate --write-calibration` writes and CALIBRATION_FILE names: confidences as a project's annotators have borne them out. */
import Type, { type Static } from 'typebox'
import { Value } from 'typebox/value'
import { CalibrationSchema, PoseEntrySchema } from '../model-entry.ts'
import { checkCalibration } from './check-calibration.ts'

export const ProjectCalibrationSchema = Type.Object({
  kind: Type.Literal('label-studio-rtmpose/calibration'),
  keypointSet: PoseEntrySchema.properties.keypointSet,
  modelVersion: Type.String({ description: 'Of the predictions it was fitted to' }),
  points: Type.Integer({ minimum: 1, description: 'How many points it was fitted to' }),
  groups: CalibrationSchema.properties.groups
})
export type ProjectCalibration = Static<typeof ProjectCalibrationSchema>

/** @param data the parsed content of the file. @throws Error with a sentence that names the first thing that is wrong */
export function parseProjectCalibration (data: unknown): ProjectCalibration {
  if (!Value.Check(ProjectCalibrationSchema, data)) {
    const [first] = Value.Errors(ProjectCalibrationSchema, data)
    throw new Error(`it is no calibration as "label-studio-rtmpose evaluate --write-calibration" writes it: ${first === undefined ? 'unknown' : `${first.instancePath || 'the whole'} ${first.message}`}.`)
  }
  const reason = checkCalibration(data, data.keypointSet, 'groups')
  if (reason !== null) throw new Error(reason)
  return data
}

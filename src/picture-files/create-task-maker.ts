import type { KeypointSet } from '../../models/keypoint-set.ts'
import { ExportFault } from '../exports/export-fault.ts'
import { matchControls } from '../label-studio/match-controls.ts'
import { parseLabelConfig } from '../label-studio/parse-label-config.ts'
import type { Prediction } from '../label-studio/prediction-schema.ts'
import { toPrediction } from '../label-studio/to-prediction.ts'
import { peopleOfRecord, type PictureRecord } from './picture-record.ts'

export interface TaskMakerOptions {
  /** The labelling interface. */
  labelConfig: string
  set: KeypointSet
  /** Percent of the picture's width. */
  keypointSize: number
  /** Where Label Studio finds a picture. @param name that of the record */
  addressOf: (name: string) => string
  modelVersionOf: (record: PictureRecord) => string
}

/** A task with a prediction, as Label Studio imports it. */
export interface ImportedTask { data: Record<string, string>, predictions: [Prediction] }

/**
 * Makes tasks for a labelling interface.
 * @throws PoseError LABEL_CONFIG_*; ExportFault when the interface has not exactly one picture whose address is a value of the task
 */
export function createTaskMaker ({ labelConfig, set, keypointSize, addressOf, modelVersionOf }: TaskMakerOptions): (record: PictureRecord) => ImportedTask {
  const { pictures } = matchControls(parseLabelConfig(labelConfig), set)
  const [plan] = pictures
  const key = /^\$(\w+)$/.exec(plan?.image.value ?? '')?.[1]
  if (pictures.length !== 1 || plan === undefined || key === undefined || plan.image.multi) {
    throw new ExportFault('The labelling interface must have one Image tag to fill, with value="$<name>": a task of a file is one picture.')
  }
  return (record) => {
    const { name, width, height } = record.picture
    const answered = { plan, itemIndex: null, width, height, people: peopleOfRecord(record) }
    return { data: { [key]: addressOf(name) }, predictions: [toPrediction([answered], { keypointSet: set, modelVersion: modelVersionOf(record), keypointSize })] }
  }
}

import { chooseLabels } from '../label-studio/choose-labels.ts'
import type { Annotation, LabelledTask, StoredPrediction } from '../label-studio/labelled-task.ts'

export interface ChosenPrediction {
  prediction: StoredPrediction
  /** The annotation was made from it; otherwise it is the newest of the task. */
  isParent: boolean
}

/**
 * The prediction that an annotation is measured against.
 * @param modelVersion only predictions of this version; null: of any
 * @returns null when the task has none
 */
export function choosePrediction (task: LabelledTask, { parent_prediction: parent }: Annotation, modelVersion: string | null): ChosenPrediction | null {
  const predictions = (task.predictions ?? []).filter((prediction) => modelVersion === null || prediction.model_version === modelVersion)
  const made = predictions.find(({ id }) => typeof id === 'number' && id === parent)
  if (made !== undefined) return { prediction: made, isParent: true }
  const newest = chooseLabels({ ...task, predictions }, 'predictions')
  return newest === null ? null : { prediction: newest, isParent: false }
}

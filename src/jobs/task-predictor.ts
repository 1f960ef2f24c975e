import type { LabelledTask } from '../label-studio/labelled-task.ts'

export interface PredictedTask {
  /** JSON text of an object with result, score and model_version. */
  prediction: string
  people: number
}

/** What a job needs of the service: one task in, one prediction out. */
export interface TaskPredictor {
  /** @throws PoseError MODEL_*, SHUTTING_DOWN */
  modelVersion (signal: AbortSignal): Promise<string>
  /** @throws PoseError LABEL_CONFIG_INVALID, LABEL_CONFIG_UNMATCHED, MODEL_* */
  checkLabelConfig (labelConfig: string, signal: AbortSignal): Promise<void>
  /**
   * After whatever somebody waits for.
   * @param boxes of people that annotators have drawn, a regions list as in an annotation; null: the detector looks for them
   * @throws PoseError for the one task, MODEL_*, SHUTTING_DOWN
   */
  predictTask (task: LabelledTask, where: { project: number, labelConfig: string, boxes: unknown }, signal: AbortSignal): Promise<PredictedTask>
  /** Tasks in hand at once that keep all workers busy. */
  tasksAtOnce: number
}

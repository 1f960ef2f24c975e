import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { PoseError } from '../errors.ts'
import type { TaskPredictor } from '../jobs/task-predictor.ts'
import type { LabelConfigPlanner } from '../label-studio/label-config-planner.ts'
import { predictTasks, type PredictTasksOptions } from './predict-tasks.ts'

/** The models as they are now; asked anew for each task, since they may have come or gone meanwhile. */
export interface PresentModels extends Pick<PredictTasksOptions, 'estimate' | 'keypointSet' | 'modelVersion' | 'shortModelVersion' | 'confidenceThreshold'> {
  keypointSet: KeypointSet
}

export interface TaskPredictorOptions extends Pick<PredictTasksOptions, 'keypointSize' | 'maxPeople' | 'maxTasks' | 'tasksAtOnce' | 'onUnexpected' | 'onFailed'> {
  planner: LabelConfigPlanner
  /** @throws PoseError MODEL_*, SHUTTING_DOWN */
  modelVersion: (signal: AbortSignal) => Promise<string>
  /** @throws PoseError MODEL_*, SHUTTING_DOWN */
  models: (signal: AbortSignal) => Promise<PresentModels>
}

/** Predictions for jobs, task by task, behind all that somebody waits for. */
export function createTaskPredictor ({ modelVersion, models, ...options }: TaskPredictorOptions): TaskPredictor {
  return {
    tasksAtOnce: options.tasksAtOnce,
    modelVersion,
    async checkLabelConfig (labelConfig, signal) {
      options.planner.plan(labelConfig, (await models(signal)).keypointSet)
    },
    async predictTask (task, { project, labelConfig, boxes }, signal) {
      // It may wait behind others for as long as it takes: each step of its own has a bound.
      const budget = new AbortController().signal
      const failures: PoseError[] = []
      const { entries, people } = await predictTasks({ tasks: [{ id: task.id, data: task.data }], label_config: labelConfig, project }, signal, {
        ...options,
        ...await models(signal),
        // Written, and let go, when a few megabytes have come together.
        answer: { take: () => null, hold: () => {} },
        budget,
        priority: 'background',
        drawn: boxes ?? undefined,
        onFailed (failure) {
          failures.push(failure.error)
          options.onFailed(failure)
        }
      })
      if (failures[0] !== undefined) throw failures[0]
      return { prediction: entries[0]!.toString(), people }
    }
  }
}

import { anySignal } from '../any-signal.ts'
import { createPoseError } from '../errors.ts'
import { projectLabels } from '../exports/project-labels.ts'
import { isLabelStudioRefusal, type LabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import { evaluateLabels, type Evaluation } from './evaluate-labels.ts'

export interface QualityRequest {
  project: number
  /** Only predictions of this version; null: of any. */
  modelVersion: string | null
  /** Pictures that are listed as the worst. */
  worst: number
}

export interface ProjectQuality {
  /**
   * What `evaluate --project` measures, within the bounds of a request.
   * @throws PoseError JOBS_UNAVAILABLE, LABEL_STUDIO_*, PROJECT_NOT_FOUND, NOTHING_TO_MEASURE, LABEL_CONFIG_*, CANCELLED, SHUTTING_DOWN
   */
  measure (request: QualityRequest, signal: AbortSignal): Promise<Evaluation>
  /** Ends what is being measured, and refuses everything after it. */
  end (): void
}

/** Reading stops then and the report says so: whoever waits for an answer does not wait longer. Label Studio gives about 60 tasks a second. */
export const qualityBudgetMs = 90_000
/** A page is parsed at one go, which holds up everything else. */
const pageSize = 25

/** @param client null: LABEL_STUDIO_URL is not set */
export function createProjectQuality (client: LabelStudioClient | null, { mostTasks }: { mostTasks: number }): ProjectQuality {
  const ending = new AbortController()

  async function measure (labelStudio: LabelStudioClient, { project, modelVersion, worst }: QualityRequest, signal: AbortSignal): Promise<Evaluation> {
    const labels = await projectLabels(labelStudio, project, { source: 'annotations', pageSize, signal }).catch((error: unknown) => {
      throw isLabelStudioRefusal(error) && error.answer.status === 404 ? createPoseError('PROJECT_NOT_FOUND', `number ${project}`) : error
    })
    const evaluation = await evaluateLabels(labels, { labelStudioUrl: labelStudio.url, modelVersion, worst, bounds: { tasks: mostTasks, ms: qualityBudgetMs }, signal })
    const { compared, withoutPrediction } = evaluation.report.tasks
    if (compared > 0) return evaluation
    throw createPoseError('NOTHING_TO_MEASURE', withoutPrediction === 0 ? 'no task is annotated' : `no annotated task has a prediction${modelVersion === null ? '' : ` of ${modelVersion}`}`)
  }

  return {
    async measure (request, signal) {
      if (client === null) throw createPoseError('JOBS_UNAVAILABLE', 'LABEL_STUDIO_URL is not set')
      try {
        return await measure(client, request, anySignal([signal, ending.signal]))
      } catch (error) {
        if (ending.signal.aborted) throw createPoseError('SHUTTING_DOWN', 'the report is not finished')
        throw signal.aborted ? createPoseError('CANCELLED', 'nobody waits for the report') : error
      }
    },
    end () { ending.abort() }
  }
}

import { isOwnVersion } from '../label-studio/connect/is-own-version.ts'
import type { LabelledTask, StoredPrediction } from '../label-studio/labelled-task.ts'
import type { JobRecord } from './job-store.ts'

/** What of a job decides about writing. */
export type WriteRules = Pick<JobRecord, 'request' | 'modelVersion' | 'since'>

/** The predictions of a task that this job has made; of others' those that it replaces. */
export function sortPredictions ({ request, modelVersion, since }: WriteRules, { predictions = [] }: LabelledTask): { made: StoredPrediction[], replaced: StoredPrediction[] } {
  const ofVersion = predictions.filter(({ model_version: version }) => version === modelVersion)
  const isOld = ({ created_at: createdAt }: StoredPrediction) => request.tasks === 'all' && (Date.parse(createdAt ?? '') || 0) < since
  const others = request.replace ? predictions.filter(({ model_version: version }) => version !== modelVersion && isOwnVersion(version)) : []
  return { made: ofVersion.filter((prediction) => !isOld(prediction)), replaced: [...ofVersion.filter(isOld), ...others] }
}

/** Whether what stands in Label Studio must be read to know what a job has done, or will remove. */
export function needsPredictions ({ request }: Pick<WriteRules, 'request'>): boolean {
  return request.tasks === 'all' || request.replace
}

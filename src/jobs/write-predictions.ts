import type { LabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import { importPredictions, removePredictions } from '../label-studio/client/predictions.ts'
import { readSelectedTasks } from '../label-studio/client/selected-tasks.ts'
import type { StoredPrediction } from '../label-studio/labelled-task.ts'
import { sortPredictions, type WriteRules } from './sort-predictions.ts'
import type { PredictedTask } from './task-predictor.ts'

/**
 * Of these tasks those that are there and have no prediction of this job yet.
 * @throws PoseError as LabelStudioClient.call
 */
async function readLacking (client: LabelStudioClient, rules: WriteRules, ids: readonly number[], signal: AbortSignal): Promise<Set<number>> {
  const { request: { project }, modelVersion } = rules
  if (rules.request.tasks === 'unpredicted') {
    const tasks = await readSelectedTasks(client, project, { ids, withoutVersion: modelVersion }, { size: ids.length, signal })
    return new Set(tasks.map(({ id }) => id))
  }
  const tasks = await readSelectedTasks(client, project, { ids }, { size: ids.length, fields: 'all', signal })
  return new Set(tasks.filter((task) => sortPredictions(rules, task).made.length === 0).map(({ id }) => id))
}

export interface WrittenTask extends PredictedTask {
  task: number
  /** Predictions that go when this one is stored. */
  replaced: readonly StoredPrediction[]
}

/**
 * Stores predictions, except of tasks that have one by now: another replica may have done them. Then removes what they replace.
 * @returns tasks that Label Studio has left out without a word
 * @throws PoseError as LabelStudioClient.call
 */
export async function writePredictions (client: LabelStudioClient, rules: WriteRules, written: readonly WrittenTask[], signal: AbortSignal): Promise<Set<number>> {
  const ids = written.map(({ task }) => task)
  const lacking = await readLacking(client, rules, ids, signal)
  const texts = written.filter(({ task }) => lacking.has(task)).map(({ task, prediction }) => `{"task":${task},${prediction.slice(1)}`)
  const created = texts.length === 0 ? 0 : await importPredictions(client, rules.request.project, texts, signal)
  const refused = created < texts.length ? await readLacking(client, rules, ids, signal) : new Set<number>()
  for (const { task, replaced } of written) {
    if (!refused.has(task)) await removePredictions(client, replaced, signal)
  }
  return refused
}

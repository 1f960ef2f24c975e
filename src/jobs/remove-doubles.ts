import type { LabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import { countPredictions } from '../label-studio/client/model-versions.ts'
import { removePredictions } from '../label-studio/client/predictions.ts'
import { countSelectedTasks, readSelectedTasks } from '../label-studio/client/selected-tasks.ts'

/** Tasks with all their predictions in one answer. */
const pageSize = 20

/**
 * Leaves one prediction of a version to each task, the newest: it is the one that an open editor has begun with, and Label Studio takes no
 * annotation whose prediction is gone. Two may come about when a replica ends after it has sent a page and before Label Studio has stored
 * it: no look at what is there can show that. Whether there are any at all is asked by three counts.
 * @returns how many were removed
 * @throws PoseError as LabelStudioClient.call
 */
export async function removeDoubles (client: LabelStudioClient, project: number, version: string, signal?: AbortSignal): Promise<number> {
  const stored = (await countPredictions(client, project)).get(version) ?? 0
  if (stored === 0) return 0
  const all = await countSelectedTasks(client, project, {}, signal)
  const without = await countSelectedTasks(client, project, { withoutVersion: version }, signal)
  if (stored <= all - without) return 0

  let removed = 0
  const several = [{ filter: 'filter:tasks:total_predictions', operator: 'greater', type: 'Number', value: 1 }]
  for (let after = 0; ;) {
    const tasks = await readSelectedTasks(client, project, { filters: several, after }, { size: pageSize, fields: 'all', ...(signal && { signal }) })
    for (const { predictions = [] } of tasks) {
      const doubles = predictions.filter(({ model_version: own }) => own === version).sort((a, b) => b.id! - a.id!).slice(1)
      await removePredictions(client, doubles, signal)
      removed += doubles.length
    }
    if (tasks.length < pageSize) return removed
    after = tasks.at(-1)!.id
  }
}

import type { LabelledTask } from '../labelled-task.ts'
import type { LabelStudioClient } from './label-studio-client.ts'
import { readTaskPage, smallerPage } from './task-page.ts'

/** One condition of the Data Manager, for example `{filter: "filter:tasks:total_annotations", operator: "greater", type: "Number", value: 0}`. */
export interface TaskFilter { filter: string, operator: string, type: string, value: unknown }

/** Which tasks of a project: all conditions together. */
export interface TaskQuery {
  filters?: readonly TaskFilter[]
  /** Only these. Empty: none. */
  ids?: readonly number[]
  /** Only those whose number is above. */
  after?: number
  /** Only those that have no prediction of this model version. */
  withoutVersion?: string
}

/** How many tasks there are. @throws PoseError as LabelStudioClient.call, LABEL_STUDIO_ANSWER */
export async function countSelectedTasks (client: LabelStudioClient, project: number, query: TaskQuery, signal?: AbortSignal): Promise<number> {
  if (query.ids?.length === 0) return 0
  return (await readTaskPage(client, project, toDataManagerQuery(query), { size: 1, fields: 'task_only', ...(signal && { signal }) })).total
}

/**
 * The first of the tasks, ascending by number.
 * @param size most tasks
 * @param fields all: with annotations and predictions, six times as long
 * @throws PoseError as LabelStudioClient.call, LABEL_STUDIO_ANSWER, also when a single task is too long for one answer; what takes too long or is too long is asked for in smaller pages
 */
export async function readSelectedTasks (client: LabelStudioClient, project: number, query: TaskQuery, { size, fields = 'task_only', signal }: { size: number, fields?: 'task_only' | 'all', signal?: AbortSignal }): Promise<LabelledTask[]> {
  const tasks: LabelledTask[] = []
  let [step, after] = [size, query.after ?? 0]
  while (tasks.length < size && query.ids?.length !== 0) {
    const options = { size: Math.min(step, size - tasks.length), fields, ...(signal && { signal }) }
    try {
      const page = await readTaskPage(client, project, toDataManagerQuery({ ...query, after }), options)
      tasks.push(...page.tasks)
      if (page.tasks.length < options.size) break
      after = page.tasks.at(-1)!.id
    } catch (error) {
      const smaller = smallerPage(options, error)
      if (smaller === null) throw error
      step = smaller
    }
  }
  return tasks
}

/** @see data_manager/managers.py of Label Studio: the filters, then the selection, then the order */
function toDataManagerQuery ({ filters = [], ids, after = 0, withoutVersion }: TaskQuery): object {
  const items = [
    ...filters,
    ...(after > 0 ? [{ filter: 'filter:tasks:id', operator: 'greater', type: 'Number', value: after }] : []),
    ...(withoutVersion === undefined ? [] : [{ filter: 'filter:tasks:predictions_model_versions', operator: 'not_contains', type: 'List', value: [withoutVersion] }])
  ]
  return {
    filters: { conjunction: 'and', items },
    ordering: ['tasks:id'],
    ...(ids !== undefined && { selectedItems: { all: false, included: ids } })
  }
}

import type { LabelledTask } from '../labelled-task.ts'
import type { LabelStudioClient } from './label-studio-client.ts'
import { readTaskPage, smallerPage, type TaskPage } from './task-page.ts'

export interface LabelledTasksOptions {
  /** Tasks without such are left out. */
  having: 'annotations' | 'predictions'
  /** Tasks per request. Label Studio takes 1.5 s for 100 with one person of 133 points each. */
  pageSize?: number
  signal?: AbortSignal
}

export interface LabelledTasksPage {
  tasks: LabelledTask[]
  /** Tasks of the whole reading, as Label Studio counted them at its start. */
  total: number
}

/**
 * All tasks of a project that have annotations (or predictions), with both, ascending by id. Each page asks for ids above
 * the last one read, so that tasks that come or go meanwhile shift nothing, and a page that is too long for one answer, or
 * takes too long, is asked for again in smaller pieces.
 * @throws PoseError as LabelStudioClient.call, and LABEL_STUDIO_ANSWER when a single task is too long
 */
export async function * readLabelledTasks (client: LabelStudioClient, project: number, { having, pageSize = 100, signal }: LabelledTasksOptions): AsyncGenerator<LabelledTasksPage> {
  let [last, size] = [0, pageSize]
  let total: number | null = null
  for (;;) {
    const page = await readPage(client, project, { having, after: last, size, ...(signal && { signal }) })
    if (typeof page === 'number') {
      size = page
      continue
    }
    total ??= page.total
    if (page.tasks.length === 0) return
    yield { tasks: page.tasks, total }
    last = page.tasks.at(-1)!.id
    if (page.total <= page.tasks.length) return
  }
}

interface PageOptions { having: LabelledTasksOptions['having'], after: number, size: number, signal?: AbortSignal }

/** @returns a number: so many tasks are to be asked for instead */
async function readPage (client: LabelStudioClient, project: number, { having, after, size, signal }: PageOptions): Promise<TaskPage | number> {
  const filter = (name: string, value: number) => ({ filter: `filter:tasks:${name}`, operator: 'greater', type: 'Number', value })
  const query = { filters: { conjunction: 'and', items: [filter('id', after), filter(`total_${having}`, 0)] }, ordering: ['tasks:id'] }
  const options = { size, fields: 'all' as const, ...(signal && { signal }) }
  try {
    return await readTaskPage(client, project, query, options)
  } catch (error) {
    const smaller = smallerPage(options, error)
    if (smaller === null) throw error
    return smaller
  }
}

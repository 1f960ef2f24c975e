/** Which tasks a job still has to do, as Label Studio tells it. */
import type { LabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import { countSelectedTasks, readSelectedTasks, type TaskQuery } from '../label-studio/client/selected-tasks.ts'
import type { JobRecord } from './job-store.ts'
import { sortPredictions } from './sort-predictions.ts'

/** What of a job says which tasks it is for. */
export type TaskChoice = Pick<JobRecord, 'request' | 'modelVersion' | 'only'>

/** Numbers of tasks in one question: they stand in its address. */
const idsAtOnce = 250

function toQuery ({ request, modelVersion }: TaskChoice): TaskQuery {
  return {
    ...(request.filter !== null && { filters: request.filter }),
    ...(request.tasks === 'unpredicted' && { withoutVersion: modelVersion })
  }
}

/** How many they are; with `tasks: all` those that are done already are among them. @throws PoseError as LabelStudioClient.call */
export async function countOpenTasks (client: LabelStudioClient, job: TaskChoice, signal?: AbortSignal): Promise<number> {
  const ids = job.only ?? job.request.ids
  if (ids === null) return await countSelectedTasks(client, job.request.project, toQuery(job), signal)
  let open = 0
  for (let start = 0; start < ids.length; start += idsAtOnce) {
    open += await countSelectedTasks(client, job.request.project, { ...toQuery(job), ids: ids.slice(start, start + idsAtOnce) }, signal)
  }
  return open
}

export interface NextTasks {
  tasks: number[]
  /** Asked for by number up to the last of `tasks`, and not in the project. */
  missing: number[]
  /** Asked for by number up to the last of `tasks`, that need nothing any more. */
  finished: number
  /** Number up to which everything has been looked at; null: there is nothing behind. */
  after: number | null
}

/**
 * The next tasks above a number.
 * @param size most of them
 * @throws PoseError as LabelStudioClient.call
 */
export async function readNextTasks (client: LabelStudioClient, job: JobRecord, after: number, size: number): Promise<NextTasks> {
  const { request: { project, ids: asked } } = job
  // What a job that predicts anew has done before it was resumed, only its predictions tell.
  const looksInside = job.request.tasks === 'all' && job.round > 1
  const read = async (query: TaskQuery) => {
    const found = await readSelectedTasks(client, project, { ...toQuery(job), ...query }, { size, fields: looksInside ? 'all' : 'task_only' })
    return { last: found.at(-1)?.id ?? null, open: found.filter((task) => !looksInside || sortPredictions(job, task).made.length === 0).map(({ id }) => id) }
  }

  const ids = job.only ?? asked
  if (ids === null) {
    const { last, open } = await read({ after })
    return { tasks: open, missing: [], finished: 0, after: last }
  }
  const slice = ids.slice(firstAbove(ids, after)).slice(0, size)
  if (slice.length === 0) return { tasks: [], missing: [], finished: 0, after: null }
  const { open } = await read({ ids: slice })
  const there = open.length === slice.length ? new Set(slice) : new Set((await readSelectedTasks(client, project, { ids: slice }, { size })).map(({ id }) => id))
  return { tasks: open, missing: slice.filter((id) => !there.has(id)), finished: there.size - open.length, after: slice.at(-1)! }
}

function firstAbove (ids: readonly number[], after: number): number {
  const index = ids.findIndex((id) => id > after)
  return index < 0 ? ids.length : index
}

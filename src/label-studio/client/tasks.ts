import Type, { type Static } from 'typebox'
import { toRefusal, type LabelStudioClient } from './label-studio-client.ts'
import { readAnswer } from './read-answer.ts'

const TaskRowSchema = Type.Object({ id: Type.Integer(), data: Type.Record(Type.String(), Type.Unknown()) })
/** A task as the list gives it. */
export type TaskRow = Static<typeof TaskRowSchema>

const TaskPageSchema = Type.Object({ total: Type.Integer(), tasks: Type.Array(TaskRowSchema) })

export interface TaskPage { total: number, tasks: TaskRow[] }

export interface TaskPageOptions {
  /** From 1. */
  page?: number
  pageSize?: number
  /** Filters and ordering of the Data Manager. */
  query?: unknown
  /** task_only leaves annotations and predictions out: a sixth of the size. */
  fields?: 'task_only' | 'all'
}

/** One page of a project's tasks; a page beyond the end is empty. Reading the list never makes Label Studio ask for predictions. */
export async function readTasks (client: LabelStudioClient, project: number, { page = 1, pageSize = 100, query, fields = 'task_only' }: TaskPageOptions = {}): Promise<TaskPage> {
  const answer = await client.attempt('GET', '/api/tasks', {
    query: { project, page, page_size: pageSize, resolve_uri: false, fields, ...(query !== undefined && { query: JSON.stringify(query) }) }
  })
  if (answer.status === 404 && page > 1) return { total: 0, tasks: [] }
  if (answer.status !== 200) throw toRefusal(answer, `the tasks of project ${project}`)
  return readAnswer(TaskPageSchema, answer.body, `the tasks of project ${project}`)
}

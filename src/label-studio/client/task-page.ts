import Type from 'typebox'
import { LabelledTaskSchema, type LabelledTask } from '../labelled-task.ts'
import { isTooLong, isTooSlow, toRefusal, type LabelStudioClient } from './label-studio-client.ts'
import { readAnswer } from './read-answer.ts'

const TaskPageSchema = Type.Object({ total: Type.Integer(), tasks: Type.Array(LabelledTaskSchema) })

export interface TaskPage {
  tasks: LabelledTask[]
  /** Tasks that fulfil the query, on all pages. */
  total: number
}

export interface TaskPageOptions {
  /** Most tasks. */
  size: number
  /** all: with annotations and predictions, six times as long. */
  fields: 'task_only' | 'all'
  signal?: AbortSignal
}

/**
 * The first tasks of a project that a query of the Data Manager finds. Reading them never makes Label Studio ask for predictions.
 * @throws PoseError as LabelStudioClient.call, LABEL_STUDIO_ANSWER
 */
export async function readTaskPage (client: LabelStudioClient, project: number, query: object, { size, fields, signal }: TaskPageOptions): Promise<TaskPage> {
  const answer = await client.attempt('GET', '/api/tasks', {
    query: { project, page: 1, page_size: size, resolve_uri: false, fields, query: JSON.stringify(query) },
    ...(signal && { signal })
  })
  if (answer.status !== 200) throw toRefusal(answer, `the tasks of project ${project}`)
  return readAnswer(TaskPageSchema, answer.body, `the tasks of project ${project}`)
}

/**
 * How many tasks to ask for after a page that failed: fewer where its length was at fault, or its time, which Label Studio needs mostly for
 * annotations and predictions. That many fewer, since each further try may take the whole time again.
 * @returns null: fewer would not help
 */
export function smallerPage ({ size, fields }: TaskPageOptions, error: unknown): number | null {
  if (size === 1) return null
  if (isTooLong(error)) return Math.ceil(size / 2)
  return fields === 'all' && isTooSlow(error) ? Math.ceil(size / 4) : null
}

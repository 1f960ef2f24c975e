import Type from 'typebox'
import { LabelledTaskSchema, type LabelledTask } from '../labelled-task.ts'
import { toRefusal, type LabelStudioClient } from './label-studio-client.ts'
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

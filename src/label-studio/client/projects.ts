import Type, { type Static } from 'typebox'
import type { LabelStudioClient } from './label-studio-client.ts'
import { readAnswer } from './read-answer.ts'

const ProjectSchema = Type.Object({
  id: Type.Integer(),
  title: Type.Union([Type.String(), Type.Null()]),
  label_config: Type.Union([Type.String(), Type.Null()]),
  model_version: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  show_collab_predictions: Type.Optional(Type.Boolean()),
  task_number: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
  total_annotations_number: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
  total_predictions_number: Type.Optional(Type.Union([Type.Integer(), Type.Null()]))
})
export type Project = Static<typeof ProjectSchema>

/** What a project may be made of or changed to. */
export interface ProjectChange {
  title?: string
  label_config?: string
  model_version?: string
  show_collab_predictions?: boolean
}

const ProjectPageSchema = Type.Object({ count: Type.Integer(), next: Type.Union([Type.String(), Type.Null()]), results: Type.Array(ProjectSchema) })
const pageSize = 100
const mostPages = 100

/** @throws PoseError LABEL_STUDIO_REFUSED (404) when there is none that this user may open */
export async function readProject (client: LabelStudioClient, id: number, signal?: AbortSignal): Promise<Project> {
  return readAnswer(ProjectSchema, await client.call('GET', `/api/projects/${id}/`, { ...(signal && { signal }) }), `project ${id}`)
}

/** Every project with just this title, the oldest first. */
export async function findProjects (client: LabelStudioClient, title: string): Promise<Project[]> {
  const found: Project[] = []
  for (let page = 1; page <= mostPages; page++) {
    const { results, next } = readAnswer(ProjectPageSchema, await client.call('GET', '/api/projects/', { query: { page, page_size: pageSize, title } }), 'the list of projects')
    found.push(...results.filter((project) => project.title === title))
    if (next === null) break
  }
  return found.sort((a, b) => a.id - b.id)
}

/** The projects made last, and how many there are in all. @param most at most 100 */
export async function readNewestProjects (client: LabelStudioClient, most: number): Promise<{ total: number, projects: Project[] }> {
  const body = await client.call('GET', '/api/projects/', { query: { page: 1, page_size: Math.min(most, pageSize), ordering: '-created_at' } })
  const { count, results } = readAnswer(ProjectPageSchema, body, 'the list of projects')
  return { total: count, projects: results }
}

/** @throws PoseError as LabelStudioClient.call, LABEL_STUDIO_ANSWER */
export async function createProject (client: LabelStudioClient, body: ProjectChange): Promise<Project> {
  return readAnswer(ProjectSchema, await client.call('POST', '/api/projects/', { body }), 'the new project')
}

/** @throws PoseError as LabelStudioClient.call; LABEL_STUDIO_REFUSED (400) for an interface that existing annotations do not fit */
export async function updateProject (client: LabelStudioClient, id: number, body: ProjectChange): Promise<Project> {
  return readAnswer(ProjectSchema, await client.call('PATCH', `/api/projects/${id}/`, { body }), `project ${id}`)
}

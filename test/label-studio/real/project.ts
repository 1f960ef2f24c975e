/** A project of the real Label Studio with our service as its model, its pictures, and what is stored for them. */
import { createAccessToken } from '../../../src/label-studio/access-token.ts'
import type { LabelStudioClient } from '../../../src/label-studio/client/label-studio-client.ts'
import { addMlBackend } from '../../../src/label-studio/client/ml-backends.ts'
import { createProject } from '../../../src/label-studio/client/projects.ts'
import { readTasks } from '../../../src/label-studio/client/tasks.ts'
import type { LabelStudio } from './label-studio.ts'

export interface ConnectedProject { id: number, labelConfig: string }

/** A region as Label Studio stores it, in a prediction or an annotation. */
export interface StoredRegion {
  id: string
  type: string
  from_name: string
  to_name: string
  parentID?: string | null
  score?: number
  origin?: string
  original_width: number
  original_height: number
  /** Percent of the picture. */
  value: { x: number, y: number, width?: number, height?: number, keypointlabels?: string[], rectanglelabels?: string[] }
}

export interface StoredPrediction { id: number, task: number, model_version: string | null, score: number | null, result: StoredRegion[] }
export interface StoredAnnotation { id: number, task: number, parent_prediction: number | null, result: StoredRegion[] }

/**
 * A new project with the service as its model, interactive too.
 * @param labelConfig XML, or the name of one of the service's presets
 */
export async function connectProject ({ client }: Pick<LabelStudio, 'client'>, service: { url: string }, title: string, labelConfig: string): Promise<ConnectedProject> {
  const xml = labelConfig.startsWith('<') ? labelConfig : await (await fetch(`${service.url}/label-config?preset=${labelConfig}`)).text()
  const { id } = await createProject(client, { title, label_config: xml })
  await addMlBackend(client, { url: service.url, project: id, title: 'Poses', is_interactive: true })
  return { id, labelConfig: xml }
}

/** Tasks by the addresses of their pictures. @returns their numbers, in this order */
export async function importPictures (client: LabelStudioClient, project: number, addresses: readonly string[]): Promise<number[]> {
  const body = addresses.map((image) => ({ data: { image } }))
  return (await client.call('POST', `/api/projects/${project}/import`, { query: { return_task_ids: true }, body }) as { task_ids: number[] }).task_ids
}

/** Tasks by upload, as the Import dialog does. @returns their numbers, in this order */
export async function uploadPictures ({ url, pat }: Pick<LabelStudio, 'url' | 'pat'>, project: number, files: ReadonlyArray<{ name: string, bytes: Uint8Array<ArrayBuffer> }>): Promise<number[]> {
  const form = new FormData()
  // Of several files in fields of the same name only the last is kept.
  for (const [number, { name, bytes }] of files.entries()) form.append(`file${number}`, new Blob([bytes]), name)
  const authorization = await createAccessToken({ url, key: pat }).header()
  const answer = await fetch(`${url}/api/projects/${project}/import?return_task_ids=true`, { method: 'POST', headers: { authorization: authorization! }, body: form })
  if (!answer.ok) throw new Error(`the upload was answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json() as { task_ids: number[] }).task_ids
}

/** A local-files storage of the project, synchronised once. @param path folder below the one that Label Studio may serve */
export async function addLocalFiles (client: LabelStudioClient, project: number, path: string): Promise<number[]> {
  const storage = await client.call('POST', '/api/storages/localfiles', { body: { project, title: 'Pictures', path, use_blob_urls: true, regex_filter: '.*' } }) as { id: number }
  await client.call('POST', `/api/storages/localfiles/${storage.id}/sync`)
  const { tasks } = await readTasks(client, project, { pageSize: 1000 })
  return tasks.filter(({ data }) => String(data['image']).includes('/data/local-files/')).map(({ id }) => id)
}

/** Actions > Retrieve Predictions, for all tasks of the project. @returns what the interface then shows */
export async function retrievePredictions (client: LabelStudioClient, project: number): Promise<string> {
  const body = { selectedItems: { all: true, excluded: [] } }
  return (await client.call('POST', '/api/dm/actions', { query: { id: 'retrieve_tasks_predictions', project }, body }) as { detail: string }).detail
}

/** What is stored; unlike opening a task, this asks no model. */
export async function readPredictions (client: LabelStudioClient, where: { task: number } | { project: number }): Promise<StoredPrediction[]> {
  return await client.call('GET', '/api/predictions/', { query: where }) as StoredPrediction[]
}

export async function readAnnotations (client: LabelStudioClient, task: number): Promise<StoredAnnotation[]> {
  return await client.call('GET', `/api/tasks/${task}/annotations/`) as StoredAnnotation[]
}

import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { LabelSource } from '../label-studio/choose-labels.ts'
import type { LabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import { readLabelledTasks } from '../label-studio/client/labelled-tasks.ts'
import { readProject } from '../label-studio/client/projects.ts'
import { inferLabelConfig } from '../label-studio/infer-label-config.ts'
import { parseLabelConfig, type LabelConfig } from '../label-studio/parse-label-config.ts'
import { ExportFault } from './export-fault.ts'
import { readExportFile, type FileTask } from './read-export-file.ts'

/** What is to be exported: tasks page by page, and the interface they were labelled with. */
export interface ExportedLabels {
  labelConfig: LabelConfig
  /** What they come from, for export.json. */
  origin: { project: number } | { file: string }
  /** Read once. */
  batches: AsyncIterable<readonly FileTask[]>
  /** Tasks of all batches; null as long as it is not known. */
  total: () => number | null
  /** Tasks that stay outside the batches because nothing is on them. */
  withoutLabels: () => number
}

const batchSize = 100

/** @throws PoseError as the client, LABEL_CONFIG_INVALID */
export async function projectLabels (client: LabelStudioClient, project: number, { source, signal }: { source: LabelSource, signal: AbortSignal }): Promise<ExportedLabels> {
  const { label_config: xml, task_number: tasks } = await readProject(client, project)
  let total: number | null = null

  async function * batches (): AsyncGenerator<FileTask[]> {
    for await (const page of readLabelledTasks(client, project, { having: source, pageSize: batchSize, signal })) {
      total = page.total
      yield page.tasks.map((task) => ({ task }))
    }
  }

  return { labelConfig: parseLabelConfig(xml ?? ''), origin: { project }, batches: batches(), total: () => total, withoutLabels: () => Math.max(0, (tasks ?? 0) - (total ?? 0)) }
}

/**
 * From a file that Label Studio has exported as JSON. Without its labelling interface, the file is read once more before, to
 * see which labels there are.
 * @throws ExportFault when there is no such file, or nothing is labelled in it; PoseError LABEL_CONFIG_INVALID
 */
export async function fileLabels (path: string, { source, labelConfig }: { source: LabelSource, labelConfig: string | null }): Promise<ExportedLabels> {
  if (!await stat(path).then((entry) => entry.isFile(), () => false)) throw new ExportFault(`There is no file ${path}.`)
  const given = labelConfig === null ? null : parseLabelConfig(labelConfig)
  let total: number | null = null
  let inferred: LabelConfig | null = null
  if (given === null) {
    const inference = inferLabelConfig(source)
    total = 0
    for await (const { task } of readExportFile(path)) {
      total++
      if (task !== null) inference.see(task)
    }
    inferred = inference.config()
    if (inferred.controls.length === 0) throw new ExportFault(`No task of ${basename(path)} has ${source} with points or boxes.`)
  }

  async function * batches (): AsyncGenerator<FileTask[]> {
    let batch: FileTask[] = []
    for await (const task of readExportFile(path)) {
      batch.push(task)
      if (batch.length < batchSize) continue
      yield batch
      batch = []
    }
    if (batch.length > 0) yield batch
  }

  return { labelConfig: given ?? inferred!, origin: { file: basename(path) }, batches: batches(), total: () => total, withoutLabels: () => 0 }
}

import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { LabelSource } from '../label-studio/choose-labels.ts'
import { inferLabelConfig } from '../label-studio/infer-label-config.ts'
import { parseLabelConfig, type LabelConfig } from '../label-studio/parse-label-config.ts'
import { ExportFault } from './export-fault.ts'
import type { ExportedLabels } from './exported-labels.ts'
import { readExportFile, type FileTask } from './read-export-file.ts'

const batchSize = 100

/**
 * From a file that Label Studio has exported as JSON. Without its labelling interface, the file is read once more before, to
 * see which labels there are.
 * @throws ExportFault when there is no such file, or nothing is labelled in it; PoseError LABEL_CONFIG_INVALID
 */
export async function fileLabels (path: string, { source, labelConfig, signal }: { source: LabelSource, labelConfig: string | null, signal: AbortSignal }): Promise<ExportedLabels> {
  if (!await stat(path).then((entry) => entry.isFile(), () => false)) throw new ExportFault(`There is no file ${path}.`)
  const given = labelConfig === null ? null : parseLabelConfig(labelConfig)
  let total: number | null = null
  let inferred: LabelConfig | null = null
  if (given === null) {
    const inference = inferLabelConfig(source)
    total = 0
    for await (const { task } of readExportFile(path)) {
      signal.throwIfAborted()
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

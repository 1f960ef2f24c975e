import type { LabelConfig } from '../label-studio/parse-label-config.ts'
import type { FileTask } from './read-export-file.ts'

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

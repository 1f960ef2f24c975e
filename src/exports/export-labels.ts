import type { KeypointSet } from '../../models/keypoint-set.ts'
import { askedPoints } from '../label-studio/asked-points.ts'
import { matchBestSet } from '../label-studio/match-best-set.ts'
import { version } from '../version.ts'
import { exportFormats, type FormatName } from './export-format.ts'
import { ExportFault } from './export-fault.ts'
import { exportTasks, picturesFile, picturesFolder, problemsFile, type ExportSummary, type ExportTasksOptions } from './export-tasks.ts'
import type { ExportedLabels } from './exported-labels.ts'
import { layOutPoints } from './point-layout.ts'
import { stageFolder } from './staged-folder.ts'

export interface ExportLabelsOptions extends Pick<ExportTasksOptions, 'source' | 'copy' | 'labelStudioUrl' | 'signal' | 'onProgress'> {
  format: FormatName
  /** null: the set of the format, or else the one that fits the interface. */
  points: KeypointSet | null
  out: string
}

/**
 * Writes an export into a folder: as a whole, or nothing of it.
 * @throws ExportFault, PoseError (Label Studio, LABEL_CONFIG_UNMATCHED), Error of the file system
 */
export async function exportLabels ({ labelConfig, origin, batches, withoutLabels }: ExportedLabels, { format, points, out, ...options }: ExportLabelsOptions): Promise<ExportSummary> {
  const { entries, set: ofFormat, create } = exportFormats[format]
  const { set, plan } = matchBestSet(labelConfig, points ?? ofFormat)
  const layout = layOutPoints(set, ofFormat === null ? askedPoints(plan, set) : undefined)
  const folder = await stageFolder(out, [...entries, picturesFile, problemsFile, ...(options.copy === null ? [] : [picturesFolder])])
  try {
    const writer = await create(folder.path, layout)
    const summary = await exportTasks(batches, { ...options, plan, set, folder: folder.path, writer })
    summary.unlabelled += withoutLabels()
    const { firstProblems, ...counts } = summary
    if (summary.pictures === 0) {
      throw new ExportFault([...firstProblems, `There is nothing to export: no task has ${options.source} that can be read. Nothing was written.`].join('\n'))
    }
    await folder.commit({ program: `label-studio-rtmpose ${version}`, format, source: options.source, from: origin, keypointSet: set.id, keypoints: layout.names.length, ...counts }, options.signal)
    return summary
  } finally {
    await folder.discard()
  }
}

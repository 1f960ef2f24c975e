import type { ExportedLabels } from '../exports/exported-labels.ts'
import { fileLabels } from '../exports/file-labels.ts'
import { projectLabels } from '../exports/project-labels.ts'
import type { LabelSource } from '../label-studio/choose-labels.ts'
import type { LabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import { readLabelConfig } from './read-label-config.ts'
import type { LabelOptions } from './read-label-options.ts'

/**
 * The labels that the options name.
 * @param client of the project; null: they name a file
 * @throws CliError when the labelling interface cannot be read; as fileLabels and projectLabels
 */
export async function openLabels ({ project, from, labelConfig }: LabelOptions, client: LabelStudioClient | null, { source, signal }: { source: LabelSource, signal: AbortSignal }): Promise<ExportedLabels> {
  if (client !== null) return await projectLabels(client, project!, { source, signal })
  return await fileLabels(from!, { source, labelConfig: labelConfig === null ? null : await readLabelConfig(labelConfig), signal })
}

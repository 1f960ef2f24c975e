import type { LabelSource } from '../label-studio/choose-labels.ts'
import type { LabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import { readLabelledTasks } from '../label-studio/client/labelled-tasks.ts'
import { readProject } from '../label-studio/client/projects.ts'
import { parseLabelConfig } from '../label-studio/parse-label-config.ts'
import type { ExportedLabels } from './exported-labels.ts'
import type { FileTask } from './read-export-file.ts'

/** A project as Label Studio has it now. @throws PoseError as the client, LABEL_CONFIG_INVALID */
export async function projectLabels (client: LabelStudioClient, project: number, { source, pageSize, signal }: { source: LabelSource, pageSize?: number, signal: AbortSignal }): Promise<ExportedLabels> {
  const { label_config: xml, task_number: tasks } = await readProject(client, project, signal)
  let total: number | null = null

  async function * batches (): AsyncGenerator<FileTask[]> {
    for await (const page of readLabelledTasks(client, project, { having: source, ...(pageSize !== undefined && { pageSize }), signal })) {
      total = page.total
      yield page.tasks.map((task) => ({ task }))
    }
  }

  return { labelConfig: parseLabelConfig(xml ?? ''), origin: { project }, batches: batches(), total: () => total, withoutLabels: () => Math.max(0, (tasks ?? 0) - (total ?? 0)) }
}

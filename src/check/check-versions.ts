import { countPredictions } from '../label-studio/client/model-versions.ts'
import type { LabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import type { CheckLine } from './check-report.ts'
import { finding } from './check-sentences.ts'
import type { ConnectedProject } from './find-projects.ts'

const mostVersions = 5

/** Which versions the stored predictions of the project have, and whether annotators are shown those of this service. */
export async function checkVersions (client: LabelStudioClient, { project, backends }: ConnectedProject, ourVersion: string | null): Promise<CheckLine[]> {
  const stored = await countPredictions(client, project.id)
  const lines: CheckLine[] = []
  if (ourVersion !== null) {
    const own = stored.get(ourVersion) ?? 0
    lines.push(finding('VERSIONS_OK', [ourVersion, own > 0 ? `; ${own} predictions of it are stored` : ''], project.id))
  }
  const others = [...stored].filter(([version, count]) => version !== ourVersion && count > 0)
  if (ourVersion !== null && others.length > 0) {
    const shown = others.slice(0, mostVersions).map(([version, count]) => `${version || '(without version)'} (${count})`)
    lines.push(finding('VERSIONS_OTHER', [others.length > mostVersions ? `${shown.join(', ')} and ${others.length - mostVersions} more` : shown.join(', ')], project.id))
  }
  const { model_version: chosen, show_collab_predictions: areShown } = project
  const names = backends.flatMap(({ row }) => [row.title, row.model_version])
  if (chosen && areShown !== false && backends.length > 0 && chosen !== ourVersion && !names.includes(chosen)) {
    lines.push(finding('VERSIONS_NOT_SHOWN', [chosen, backends[0]?.row.title ?? 'without a name'], project.id))
  }
  return lines
}

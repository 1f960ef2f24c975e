import type { LabelStudioClient } from '../client/label-studio-client.ts'
import { readProject, updateProject, type Project } from '../client/projects.ts'
import type { Step } from './step.ts'
import { withExplanation } from './with-explanation.ts'

/**
 * Makes the project use the predictions of this version: in the label stream, when a task is opened, and for the column
 * "Prediction score".
 * @param before the project as it was found: connecting a model changes it too
 * @param version title of the connected model, which is also the version of its predictions
 */
export async function settlePredictions (client: LabelStudioClient, before: Project, version: string): Promise<Step> {
  const isRight = (project: Project) => project.model_version === version && project.show_collab_predictions !== false
  await withExplanation({ subject: 'project', project: before.id }, async () => {
    if (!isRight(await readProject(client, before.id))) await updateProject(client, before.id, { model_version: version, show_collab_predictions: true })
  })
  return { name: 'predictions', state: isRight(before) ? 'right' : 'changed', text: `those of ${version} are shown when a task is opened` }
}

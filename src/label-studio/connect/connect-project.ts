import type { LabelStudioClient } from '../client/label-studio-client.ts'
import { readProject, type Project } from '../client/projects.ts'
import { readRelease } from '../client/release.ts'
import { readUser } from '../client/user.ts'
import { fittingPreset } from './fitting-preset.ts'
import { settleBackend } from './settle-backend.ts'
import { settleLabelConfig, type WantedLabelConfig } from './settle-label-config.ts'
import { settlePredictions } from './settle-predictions.ts'
import { settleProject, type WantedProject } from './settle-project.ts'
import { settleWebhook } from './settle-webhook.ts'
import type { Step } from './step.ts'
import { withExplanation } from './with-explanation.ts'

export interface WantedConnection extends WantedLabelConfig {
  project: WantedProject
  /** Let the service answer while an annotator draws. */
  interactive: boolean
  /** Events are needed: switch on a webhook that was switched off, and take a refusal for a failure. */
  webhook: boolean
}

/**
 * Connects a project of Label Studio with this service: project, labelling interface, model, predictions, webhook, in this order.
 * Safe to repeat: what is right stays, what was left half-done is finished.
 * @param onStep called with each step when it is done
 * @returns the project as it stands afterwards
 * @throws PoseError at the first step that cannot be done, with its remedy; what was done before stays
 */
export async function connectProject (client: LabelStudioClient, wanted: WantedConnection, onStep: (step: Step) => void): Promise<Project> {
  const { email, release } = await withExplanation({ subject: 'user' }, async () => ({ ...await readUser(client), release: await readRelease(client) }))
  onStep({ name: 'label-studio', state: 'found', text: `${release ?? 'unknown release'} at ${client.url}, signed in as ${email}` })

  const { project, step } = await settleProject(client, wanted.project, () => fittingPreset(wanted.preset, wanted))
  onStep(step)
  onStep(step.state === 'created' ? { name: 'interface', state: 'created', text: `preset ${wanted.preset}` } : await settleLabelConfig(client, project, wanted))

  const { row, formerAddress, others, steps } = await settleBackend(client, { project: project.id, address: wanted.backend, interactive: wanted.interactive, credentials: wanted.credentials })
  steps.forEach(onStep)
  onStep(await settlePredictions(client, project, row.title!))
  for (const step of await settleWebhook(client, { project: project.id, row, formerAddress, others, isNeeded: wanted.webhook, credentials: wanted.credentials })) onStep(step)
  return await withExplanation({ subject: 'project', project: project.id }, () => readProject(client, project.id))
}

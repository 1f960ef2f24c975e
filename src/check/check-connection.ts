import { isPoseError } from '../errors.ts'
import { isLabelStudioRefusal, type LabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import { updateMlBackend } from '../label-studio/client/ml-backends.ts'
import { explainRefusal } from '../label-studio/explain-refusal.ts'
import { plainReason } from '../label-studio/plain-reason.ts'
import type { CheckLine } from './check-report.ts'
import { finding, findingOf } from './check-sentences.ts'
import type { ConnectedProject } from './find-projects.ts'
import type { ObservedBackend } from './observe-backends.ts'

/** Whether Label Studio reaches this service through each connection that it stores, and otherwise why not. */
export async function checkConnection (client: LabelStudioClient, { project: { id }, backends }: ConnectedProject, ourVersion: string | null): Promise<CheckLine[]> {
  if (backends.length === 0) return [finding('CONNECTION_NONE', [], id)]
  const lines = await Promise.all(backends.map((backend) => checkOne(client, id, backend, ourVersion)))
  const ours = backends.filter(({ setupArrived }) => setupArrived === true)
  return ours.length > 1 ? [...lines, finding('CONNECTION_TWICE', [ours.length], id)] : lines
}

async function checkOne (client: LabelStudioClient, project: number, { row, healthArrived, setupArrived }: ObservedBackend, ourVersion: string | null): Promise<CheckLine> {
  switch (row.state) {
    case 'DI': return healthArrived === true ? finding('CONNECTION_SLOW', [row.url], project) : await askForReason(client, project, row.id, row.url)
    case 'ER': return finding('CONNECTION_ERROR', [row.url, plainReason(row.error_message ?? 'no reason given').replace(/\.$/, '')], project)
    default: break
  }
  if (setupArrived === true) return finding('CONNECTION_OK', [row.url], project)
  const version = row.model_version ?? 'unknown'
  if (setupArrived === null) return finding('CONNECTION_FROM_LABEL_STUDIO', [row.url, version], project)
  return version === ourVersion ? finding('CONNECTION_UNSEEN', [row.url], project) : finding('CONNECTION_ELSEWHERE', [row.url, version], project)
}

/**
 * Label Studio keeps no reason for Disconnected. Writing the address that it has once more makes it try the connection and answer
 * with the reason; nothing it stores becomes another.
 */
async function askForReason (client: LabelStudioClient, project: number, id: number, url: string): Promise<CheckLine> {
  try {
    await updateMlBackend(client, id, { url, project })
    return finding('CONNECTION_UNSETTLED', [url], project)
  } catch (error) {
    if (!isPoseError(error)) throw error
    const explained = isLabelStudioRefusal(error) ? explainRefusal(error, { subject: 'backend', address: url }) : error
    // A user who may look at the connection, but not change it.
    return explained === error ? finding('CONNECTION_DISCONNECTED', [url], project) : findingOf('connection', explained, { project })
  }
}

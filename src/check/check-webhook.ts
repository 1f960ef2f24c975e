import type { LabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import { isSameAddress } from '../label-studio/connect/is-same-address.ts'
import { webhookAddress } from '../label-studio/connect/webhook-address.ts'
import { readWebhooks } from '../label-studio/client/webhooks.ts'
import type { CheckLine } from './check-report.ts'
import { finding } from './check-sentences.ts'
import { describeTime } from './describe-time.ts'
import type { ConnectedProject } from './find-projects.ts'
import type { ReceivedCalls } from './received-calls.ts'

/** Whether Label Studio sends this service the events of the project, and whether one has arrived. */
export async function checkWebhook (client: LabelStudioClient, { project: { id }, backends }: ConnectedProject, received: ReceivedCalls | null): Promise<CheckLine> {
  const rows = await readWebhooks(client, id)
  const expected = backends.map(({ row }) => webhookAddress(row.url))
  const ours = rows.filter(({ url }) => expected.some((address) => isSameAddress(address, url)))
  const active = ours.find((row) => row.is_active)
  if (active !== undefined) return finding('WEBHOOK_OK', [active.url, received === null ? '' : describeEvents(received, id)], id)
  if (ours[0] !== undefined) return finding('WEBHOOK_OFF', [ours[0].url], id)
  if (rows.length > 0) return finding('WEBHOOK_ELSEWHERE', [rows.slice(0, 3).map(({ url }) => url.slice(0, 100)).join(', ')], id)
  const odd = backends.map(({ row }) => hostnameOf(row.url)).find((name) => name !== 'localhost' && !name.startsWith('[') && (!name.includes('.') || name.includes('_')))
  return odd === undefined ? finding('WEBHOOK_NONE', [], id) : finding('WEBHOOK_NAME', [odd], id)
}

function describeEvents (received: ReceivedCalls, project: number): string {
  const events = received.events(project)
  if (events === null) return `; none has arrived since the service started (${describeTime(received.startedAt)})`
  return `; ${events.count} arrived since the service started, the last (${events.lastAction}) at ${describeTime(events.lastAt)}`
}

function hostnameOf (url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : ''
}

import Type, { type Static } from 'typebox'
import type { LabelStudioClient } from './label-studio-client.ts'
import { readAnswer } from './read-answer.ts'

const WebhookSchema = Type.Object({
  id: Type.Integer(),
  url: Type.String(),
  is_active: Type.Boolean(),
  send_payload: Type.Boolean(),
  send_for_all_actions: Type.Boolean(),
  headers: Type.Optional(Type.Unknown()),
  project: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
  created_at: Type.Optional(Type.String())
})
export type Webhook = Static<typeof WebhookSchema>

/** The webhooks of a project. @throws PoseError as LabelStudioClient.call, LABEL_STUDIO_ANSWER */
export async function readWebhooks (client: LabelStudioClient, project: number): Promise<Webhook[]> {
  return readAnswer(Type.Array(WebhookSchema), await client.call('GET', '/api/webhooks/', { query: { project } }), `the webhooks of project ${project}`)
}

/** Headers that an event is sent with. */
export type WebhookHeaders = Readonly<Record<string, string>>

/** For all events, with their payload. @throws PoseError as LabelStudioClient.call; LABEL_STUDIO_REFUSED for an address that Label Studio takes for private */
export async function addWebhook (client: LabelStudioClient, project: number, url: string, headers?: WebhookHeaders): Promise<Webhook> {
  const body = { project, url, ...(headers && { headers }), send_payload: true, send_for_all_actions: true, is_active: true }
  return readAnswer(WebhookSchema, await client.call('POST', '/api/webhooks/', { body }), 'the new webhook')
}

/** @throws as addWebhook */
export async function updateWebhook (client: LabelStudioClient, id: number, body: Partial<Pick<Webhook, 'url' | 'is_active' | 'send_payload' | 'send_for_all_actions'>> & { headers?: WebhookHeaders }): Promise<Webhook> {
  return readAnswer(WebhookSchema, await client.call('PATCH', `/api/webhooks/${id}/`, { body }), `webhook ${id}`)
}

/** @throws PoseError as LabelStudioClient.call */
export async function removeWebhook (client: LabelStudioClient, id: number): Promise<void> {
  await client.call('DELETE', `/api/webhooks/${id}/`)
}

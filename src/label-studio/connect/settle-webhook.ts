import { isPoseError } from '../../errors.ts'
import type { LabelStudioClient } from '../client/label-studio-client.ts'
import type { MlBackend } from '../client/ml-backends.ts'
import { addWebhook, readWebhooks, removeWebhook, updateWebhook, type Webhook } from '../client/webhooks.ts'
import type { RefusedRequest } from '../explain-refusal.ts'
import { toBasic, type Credentials } from './credentials.ts'
import { isSameAddress } from './is-same-address.ts'
import type { Step } from './step.ts'
import { webhookAddress } from './webhook-address.ts'
import { withExplanation } from './with-explanation.ts'

export interface WantedWebhook {
  project: number
  /** The connection whose service gets the events. */
  row: MlBackend
  /** Address that the service had before, if it had another. */
  formerAddress: string | null
  /** Connections of the project to other models, whose webhooks are theirs. */
  others: readonly MlBackend[]
  /** true: switch on one that was switched off, and take a refusal for a failure. */
  isNeeded: boolean
  /** That events have to carry: Label Studio does not send those of the connection with them. null: none. */
  credentials: Credentials | null
}

/** Label Studio makes a webhook together with a row, some milliseconds later. */
const madeTogetherMs = 500

/**
 * Leaves the project one webhook to the service. Label Studio makes one with a new connection, but neither moves nor removes it
 * afterwards, so that one left behind is moved here.
 * @returns what was done; where Label Studio refuses, its reason as `note`, or as `open` where the webhook is needed. Predictions do not need it
 */
export async function settleWebhook (client: LabelStudioClient, { project, row, formerAddress, others, isNeeded, credentials }: WantedWebhook): Promise<Step[]> {
  const address = webhookAddress(row.url)
  const about: RefusedRequest = { subject: 'webhook', address, project }
  const headers = credentials === null ? undefined : { Authorization: toBasic(credentials) }
  const carrying = headers === undefined ? {} : { headers }
  const steps: Step[] = []
  const report = (state: Step['state'], text: string) => { steps.push({ name: 'webhook', state, text }) }
  try {
    await withExplanation(about, async () => {
      const webhooks = await readWebhooks(client, project)
      const here = webhooks.filter(({ url }) => isSameAddress(url, address))
      const elsewhere = webhooks.filter((webhook) => !here.includes(webhook) && !others.some(({ url }) => isOf(webhook, url)))
      const left = elsewhere.filter((webhook) => isOf(webhook, formerAddress) || isMadeWith(webhook, row))
      const [kept = left[0]] = here
      if (kept === undefined) {
        await addWebhook(client, project, address, headers)
        report('created', address)
      } else if (!here.includes(kept)) {
        await updateWebhook(client, kept.id, { url: address, ...carrying })
        report('changed', `${address} instead of ${kept.url}`)
      } else if (isNeeded && !(kept.is_active && kept.send_payload && kept.send_for_all_actions)) {
        await updateWebhook(client, kept.id, { is_active: true, send_payload: true, send_for_all_actions: true, ...carrying })
        report('changed', `${address}, switched on for all events`)
      } else if (credentials !== null && !carries(kept, credentials)) {
        await updateWebhook(client, kept.id, carrying)
        report('changed', `${address}, its events carry user and password`)
      } else {
        report('right', `${address}${kept.is_active ? '' : ', switched off (--webhook switches it on)'}`)
      }
      for (const other of [...here, ...left].filter((webhook) => webhook !== kept)) {
        await removeWebhook(client, other.id)
        report('removed', `a webhook to ${other.url} that was left behind`)
      }
    })
  } catch (error) {
    if (!isPoseError(error)) throw error
    report(isNeeded ? 'open' : 'note', error.message)
  }
  return steps
}

function carries ({ headers }: Webhook, credentials: Credentials): boolean {
  return (headers as { Authorization?: unknown } | null | undefined)?.Authorization === toBasic(credentials)
}

function isOf ({ url }: Webhook, address: string | null): boolean {
  return address !== null && isSameAddress(url, webhookAddress(address))
}

/** One that Label Studio made for this row, and left behind when the row's address was changed. */
function isMadeWith (webhook: Webhook, row: MlBackend): boolean {
  const apartMs = Date.parse(webhook.created_at ?? '') - Date.parse(row.created_at ?? '')
  return apartMs >= 0 && apartMs < madeTogetherMs && /\/webhook$/.test(webhook.url) && webhook.send_payload && webhook.send_for_all_actions
}

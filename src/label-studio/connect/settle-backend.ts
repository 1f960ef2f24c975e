import { createPoseError } from '../../errors.ts'
import { isLabelStudioRefusal, type LabelStudioClient } from '../client/label-studio-client.ts'
import { addMlBackend, readMlBackends, removeMlBackend, updateMlBackend, type MlBackend, type MlBackendChange } from '../client/ml-backends.ts'
import { explainRefusal, type RefusedRequest } from '../explain-refusal.ts'
import type { Credentials } from './credentials.ts'
import { isOwnVersion } from './is-own-version.ts'
import { isSameAddress } from './is-same-address.ts'
import type { Step } from './step.ts'
import { withExplanation } from './with-explanation.ts'

export interface WantedBackend {
  project: number
  /** As Label Studio reaches the service, without a slash at the end. */
  address: string
  /** false: as it is, off where it is new. */
  interactive: boolean
  /** That Label Studio has to send; null: none. */
  credentials: Credentials | null
}

export interface SettledBackend {
  row: MlBackend
  /** Address that the row had before, if it had another. */
  formerAddress: string | null
  /** Connections of the project to other models. */
  others: MlBackend[]
  steps: Step[]
}

/** Of a new row, until Label Studio has asked the service for its version. */
const provisionalTitle = 'label-studio-rtmpose'

/**
 * Gives the project one connection to the service, named by its model_version: only so Label Studio shows its predictions in the
 * stream and their score in the Data Manager. A row of ours with another address is moved; rows left behind are removed:
 * Label Studio stores one with every try that its address protection refuses half-way.
 * @throws PoseError LABEL_STUDIO_BLOCKS_BACKEND, LABEL_STUDIO_HOST_UNKNOWN, BACKEND_*, and as LabelStudioClient.call
 */
export async function settleBackend (client: LabelStudioClient, wanted: WantedBackend): Promise<SettledBackend> {
  const { project, address } = wanted
  const about: RefusedRequest = { subject: 'backend', address, project }
  const steps: Step[] = []
  const report = (state: Step['state'], text: string) => { steps.push({ name: 'model', state, text }) }
  const isHere = ({ url }: MlBackend) => isSameAddress(url, address)

  /** Label Studio asks the service on every change, so that for a row that is not connected the reason comes out here. */
  async function change (row: MlBackend, title = row.title): Promise<MlBackend> {
    if (row.basic_auth_user && wanted.credentials === null) throw createPoseError('BACKEND_PASSWORD', `${address}; every change of the connection needs it again${title === row.title ? '' : `, and its name should be ${title}`}`)
    return await withExplanation(about, () => updateMlBackend(client, row.id, {
      url: address, project, ...authOf(wanted), is_interactive: wanted.interactive || row.is_interactive === true, ...(title !== null && { title })
    }))
  }

  const rows = await withExplanation(about, () => readMlBackends(client, project))
  const before = rows.find(isHere) ?? rows.find(isOwn)
  let row = before ?? await add(client, wanted, about)
  const lacksUser = wanted.credentials !== null && row.basic_auth_user !== wanted.credentials.user
  if (!isHere(row) || row.state !== 'CO' || lacksUser || (wanted.interactive && row.is_interactive !== true)) row = await change(row)
  if (row.state !== 'CO') throw createPoseError(row.state === 'DI' ? 'BACKEND_UNREACHABLE' : 'BACKEND_UNFIT', `${address}: ${row.error_message ?? 'Label Studio gives no reason'}`)
  if (!row.model_version) throw createPoseError('BACKEND_UNFIT', `${address}: what answers there has no model_version, so it is not this service`)
  if (row.title !== row.model_version) row = await change(row, row.model_version)

  report(before === undefined ? 'created' : isUnchanged(before, row) ? 'right' : 'changed', describe(before, row))
  if (!isOwnVersion(row.model_version)) report('note', `what answers at ${address} calls itself ${row.model_version}, which is no version of this service`)
  const others: MlBackend[] = []
  for (const other of rows.filter(({ id }) => id !== row.id)) {
    if (isHere(other) || (isOwn(other) && other.state !== 'CO')) {
      await withExplanation(about, () => removeMlBackend(client, other.id))
      report('removed', `a connection to ${other.url} that was left behind`)
    } else {
      others.push(other)
      report('note', `the project is connected to "${other.title}" at ${other.url} too. Label Studio asks only one of them for the predictions of whole projects: remove the one you do not need in Settings > Model`)
    }
  }
  return { row, formerAddress: before === undefined || isHere(before) ? null : before.url, others, steps }
}

async function add (client: LabelStudioClient, { project, address, interactive, credentials }: WantedBackend, about: RefusedRequest): Promise<MlBackend> {
  try {
    return await addMlBackend(client, { url: address, project, title: provisionalTitle, is_interactive: interactive, ...authOf({ credentials }) })
  } catch (error) {
    if (!isLabelStudioRefusal(error)) throw error
    const [stored] = (await readMlBackends(client, project)).filter(({ url }) => isSameAddress(url, address))
    const explained = explainRefusal(error, { ...about, isStored: stored !== undefined })
    // Refused for its webhook alone: the connection itself is as good as any, and the webhook has a step of its own.
    if (stored !== undefined && explained.errorName === 'LABEL_STUDIO_BLOCKS_WEBHOOK') return stored
    if (stored !== undefined) await removeMlBackend(client, stored.id)
    throw explained
  }
}

function authOf ({ credentials }: Pick<WantedBackend, 'credentials'>): Partial<MlBackendChange> {
  return credentials === null ? {} : { auth_method: 'BASIC_AUTH', basic_auth_user: credentials.user, basic_auth_pass: credentials.password }
}

function isOwn ({ title, model_version: version }: MlBackend): boolean {
  return isOwnVersion(version) || isOwnVersion(title) || title === provisionalTitle
}

function isUnchanged (before: MlBackend, row: MlBackend): boolean {
  return before.url === row.url && before.title === row.title && before.is_interactive === row.is_interactive && (before.basic_auth_user ?? '') === (row.basic_auth_user ?? '') && before.state === row.state
}

function describe (before: MlBackend | undefined, row: MlBackend): string {
  const moved = before === undefined || isSameAddress(before.url, row.url) ? '' : ` instead of ${before.url}`
  const renamed = before === undefined || before.title === row.title ? '' : ` instead of ${before.title}`
  return `${row.url}${moved}, version ${row.title}${renamed}, connected; interactive ${row.is_interactive ? 'on' : 'off (--interactive switches it on)'}`
}

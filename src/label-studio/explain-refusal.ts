import { createPoseError, type PoseError } from '../errors.ts'
import { describeAnswer, type LabelStudioRefusal } from './client/label-studio-client.ts'
import { plainReason } from './plain-reason.ts'

/** What Label Studio was asked for when it refused. */
export interface RefusedRequest {
  subject: 'user' | 'project' | 'label config' | 'backend' | 'webhook'
  /** backend, webhook: the address of this service that Label Studio was given. */
  address?: string
  /** Number of the project; its absence means that the request named none. */
  project?: number
  /** backend: Label Studio has stored the connection all the same (it does so when only the webhook's address is refused). */
  isStored?: boolean
}

/**
 * Turns a refusal by Label Studio into the sentence with its remedy. Its own texts stand in the detail; a refusal that is not
 * known keeps its error.
 */
export function explainRefusal (refusal: LabelStudioRefusal, request: RefusedRequest): PoseError {
  const { status } = refusal.answer
  const said = describeAnswer(refusal.answer, 2000)
  if (status === 401) return /legacy/i.test(said) ? createPoseError('LABEL_STUDIO_LEGACY_TOKEN', said) : refusal
  const { subject, address = '' } = request
  if (subject === 'backend' || subject === 'webhook') {
    const aboutAddress = explainAddress(said, request)
    if (aboutAddress !== null) return aboutAddress
    if (subject === 'backend' && status === 400) return explainBackend(said, address) ?? refusal
  }
  if (subject === 'label config' && status === 400) return createPoseError('LABEL_STUDIO_CONFIG', said.replace(/^\d+: /, '').slice(0, 300))
  if (request.project !== undefined && (status === 403 || status === 404)) return createPoseError('LABEL_STUDIO_PROJECT', `${request.project}, ${said}`)
  return refusal
}

/** Refused before anything was asked of the service. */
function explainAddress (said: string, { subject, address = '', isStored = false }: RefusedRequest): PoseError | null {
  const range = /reserved network address \(block: ([^)]+)\)/.exec(said)?.[1]
  if (range !== undefined) return createPoseError(subject === 'webhook' || isStored ? 'LABEL_STUDIO_BLOCKS_WEBHOOK' : 'LABEL_STUDIO_BLOCKS_BACKEND', `${address}, in ${range}`)
  if (/can't resolve hostname/i.test(said)) return createPoseError('LABEL_STUDIO_HOST_UNKNOWN', address)
  if (subject === 'webhook' && /valid URL/i.test(said)) return createPoseError('LABEL_STUDIO_WEBHOOK_ADDRESS', address)
  return null
}

/** Label Studio's form text wraps what its HTTP client said, which wraps our reason phrase. */
function explainBackend (said: string, address: string): PoseError | null {
  if (/authentication parameters/i.test(said)) return createPoseError('BACKEND_PASSWORD', address)
  const health = /health check failed.*Additional info: (.*)$/is.exec(said)?.[1]
  if (health !== undefined) return createPoseError('BACKEND_UNREACHABLE', `${address}: ${plainReason(health)}`)
  const setup = /look like a valid ML backend\. Reason: (.*?)(?:\.? ?Check the ML backend server console|$)/is.exec(said)?.[1]
  if (/^401 /.test(setup ?? '')) return createPoseError('BACKEND_PASSWORD', address)
  return setup === undefined ? null : createPoseError('BACKEND_UNFIT', `${address}: ${plainReason(setup)}`)
}

import { unescape } from 'node:querystring'
import { request, type Dispatcher } from 'undici'
import { createPoseError, type ErrorName, type PoseError } from '../errors.ts'
import { collectBytes } from './collect-bytes.ts'
import { describeAddress } from './describe-address.ts'
import { explainNetworkFault } from './explain-network-fault.ts'
import type { PictureSource } from './picture-loader.ts'
import type { TimeLimit } from './time-limit.ts'
import { tooManyBytes } from './too-many-bytes.ts'

const MOST_REDIRECTS = 5
/** Bodies nobody reads are drained up to here to keep their connection; longer ones cost the connection. */
const LARGEST_DRAIN = 16 * 1024

/** How Label Studio is asked for its own pictures; what of an AccessToken is needed here. */
export interface LabelStudioAuth {
  /** The value of Authorization; null without a token. */
  header (): Promise<string | null>
  /** Called with the header that was answered with 401; several pictures may meet the end of one token at once. */
  renew (refused: string): Promise<void>
}

export interface PictureRequest {
  /** 'label-studio' sends Label Studio's token, to its origin only; 'web' the given credentials, to the first origin only. */
  kind: 'label-studio' | 'web'
  basicAuth: PictureSource['basicAuth']
}

export interface RequestTools {
  dispatcher: Dispatcher
  labelStudioAuth: LabelStudioAuth
  labelStudioOrigin: string | null
  /** For Label Studio alone: other servers have no part in our traces. */
  traceHeaders: () => Readonly<Record<string, string>>
  maxBytes: number
}

export interface RequestFailure {
  error: PoseError
  /** null when no answer came. */
  status: number | null
  transient: boolean
  retryAfterMs: number | null
  /** The Authorization value that Label Studio answered with 401. */
  refusedToken: string | null
}

/**
 * One GET with its redirects. Credentials are dropped at the first step to another origin and do not come back.
 * @throws PoseError what trying again cannot change, and the reason of the limit's abort
 */
export async function requestPicture (url: URL, picture: PictureRequest, tools: RequestTools, limit: TimeLimit): Promise<Uint8Array<ArrayBuffer> | RequestFailure> {
  let target = url
  let mayAuthorize = true
  try {
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      mayAuthorize &&= target.origin === url.origin
      const authorization = mayAuthorize ? await authorize(url, picture, tools, limit) : null
      const response = await request(withoutUser(target), {
        dispatcher: tools.dispatcher,
        signal: limit.signal,
        headers: {
          accept: 'image/*, application/octet-stream;q=0.9, */*;q=0.1',
          'accept-encoding': 'identity',
          'user-agent': 'label-studio-rtmpose',
          ...(target.origin === tools.labelStudioOrigin && tools.traceHeaders()),
          ...(authorization === null ? {} : { authorization })
        }
      })
      const location = [301, 302, 303, 307, 308].includes(response.statusCode) ? response.headers['location'] : undefined
      if (typeof location === 'string') {
        drain(response, limit)
        target = followRedirect(location, target)
      } else if (response.statusCode === 200) {
        return await readBody(response, target, tools.maxBytes, limit)
      } else {
        drain(response, limit)
        return explainStatus(response, target, picture.kind === 'label-studio' ? authorization : null)
      }
    }
  } catch (error) {
    if (limit.signal.aborted) throw limit.signal.reason
    const fault = explainNetworkFault(error, describeAddress(target), tools.maxBytes)
    if (!fault.transient) throw fault.error
    return { ...fault, status: null, retryAfterMs: null, refusedToken: null }
  }
  throw createPoseError('SOURCE_FAILED', `${describeAddress(url)}: more than ${MOST_REDIRECTS} redirects`)
}

async function authorize (url: URL, { kind, basicAuth }: PictureRequest, tools: RequestTools, limit: TimeLimit): Promise<string | null> {
  if (kind === 'label-studio') {
    return url.origin === tools.labelStudioOrigin ? await limit.race(tools.labelStudioAuth.header()) : null
  }
  if (url.username !== '') return basic(unescape(url.username), unescape(url.password))
  return basicAuth === null ? null : basic(basicAuth.user, basicAuth.password)
}

function basic (user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

function withoutUser (url: URL): URL {
  const bare = new URL(url)
  bare.username = ''
  bare.password = ''
  return bare
}

function followRedirect (location: string, from: URL): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : null
  if (target?.protocol !== 'http:' && target?.protocol !== 'https:') {
    throw createPoseError('SOURCE_UNSUPPORTED', `${describeAddress(from)} redirects to ${target === null ? 'no valid address' : `${target.protocol} address`}`)
  }
  return target
}

async function readBody (response: Dispatcher.ResponseData, url: URL, maxBytes: number, limit: TimeLimit): Promise<Uint8Array<ArrayBuffer>> {
  const { headers, body } = response
  const length = Number(headers['content-length'] ?? NaN)
  const isPage = /^(text\/html|application\/xhtml\+xml)\b/i.test(String(headers['content-type']))
  const encoding = String(headers['content-encoding'] ?? 'identity')
  if (isPage || encoding !== 'identity' || length > maxBytes) {
    drain(response, limit)
    if (isPage) throw createPoseError('SOURCE_DENIED', `${describeAddress(url)} answers with a web page instead of a picture, as a login page does`)
    if (length > maxBytes) throw tooManyBytes(length, maxBytes)
    throw createPoseError('SOURCE_FAILED', `${describeAddress(url)} sends its pictures compressed (${encoding.slice(0, 20)}) without being asked`)
  }
  return await collectBytes(body, maxBytes, Number.isSafeInteger(length) ? length : null)
}

/** Lets the connection be used again, or ends it where more is coming than a refusal needs. */
function drain ({ body }: Dispatcher.ResponseData, limit: TimeLimit): void {
  body.dump({ limit: LARGEST_DRAIN, signal: limit.signal }).catch(() => {
    // The abort at the end of the time limit: nobody waits for these bytes.
  })
}

function explainStatus ({ statusCode: status, headers }: Dispatcher.ResponseData, url: URL, token: string | null): RequestFailure {
  const place = describeAddress(url)
  const transient = status === 408 || status === 425 || status === 429 || status >= 500
  const refusedToken = status === 401 ? token : null
  const hint = describeRefusal(status, url)
  return {
    error: createPoseError(errorNameOf(status, refusedToken !== null), `${place} answered ${status}${hint}`),
    status,
    transient,
    retryAfterMs: transient ? readRetryAfter(headers['retry-after']) : null,
    refusedToken
  }
}

/** What Label Studio 1.23 means by a status, where it is not what the status says. */
function describeRefusal (status: number, { pathname }: URL): string {
  if (status === 500 && pathname.includes('/data/upload/')) return ', as Label Studio does for an upload it no longer has'
  if (!/\/(tasks|projects)\/\d+\/resolve\/$/.test(pathname)) return ''
  if (status === 404) return ', as Label Studio does for a cloud picture that no storage connected to the project holds'
  return status === 424 ? ', as Label Studio does when it cannot read the cloud storage itself' : ''
}

function errorNameOf (status: number, tokenRefused: boolean): ErrorName {
  if (tokenRefused) return 'LABEL_STUDIO_TOKEN'
  if (status === 401 || status === 403) return 'SOURCE_DENIED'
  return status === 404 || status === 410 ? 'SOURCE_NOT_FOUND' : 'SOURCE_FAILED'
}

/** Seconds or a date (RFC 9110, 10.2.3) as milliseconds from now. */
function readRetryAfter (value: string | string[] | undefined): number | null {
  if (typeof value !== 'string') return null
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isNaN(ms) ? null : Math.max(0, ms)
}

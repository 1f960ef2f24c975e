/** Label Studio's HTTP interface: token, limits and failures. The single calls stand in the files beside this one. */
import { Readable } from 'node:stream'
import { Agent, type Dispatcher } from 'undici'
import { anySignal } from '../../any-signal.ts'
import { createPoseError, isPoseError, type PoseError } from '../../errors.ts'
import { isCertificateFault } from '../../is-certificate-fault.ts'
import { networkFaultSentences } from '../../network-fault-sentences.ts'
import { noTraces } from '../../traces/no-traces.ts'
import type { Traces } from '../../traces/traces.ts'
import type { AccessToken } from '../access-token.ts'

export interface LabelStudioClient {
  /** As seen from here, without a slash at the end. */
  readonly url: string
  /**
   * One request; the token is renewed once when it is refused.
   * @returns whatever came, also refusals, for callers that read them
   * @throws PoseError LABEL_STUDIO_UNREACHABLE, LABEL_STUDIO_TOKEN (a token that cannot be exchanged), LABEL_STUDIO_ANSWER (too large)
   */
  attempt (method: Method, path: string, request?: ApiRequest): Promise<ApiAnswer>
  /**
   * As attempt, for callers that want a success.
   * @returns the parsed body; undefined where it is empty
   * @throws also LABEL_STUDIO_TOKEN (401), LABEL_STUDIO_REFUSED (any other status outside 200..299), as LabelStudioRefusal
   */
  call (method: Method, path: string, request?: ApiRequest): Promise<unknown>
  /** Ends the open connections. */
  close (): Promise<void>
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'

export interface ApiRequest {
  query?: Readonly<Record<string, string | number | boolean>>
  /** Sent as JSON. */
  body?: unknown
  /** JSON in pieces, sent as they are in place of `body`: put together, they would take their memory three times over. */
  json?: readonly string[]
  signal?: AbortSignal
}

export interface ApiAnswer {
  status: number
  /** Parsed JSON, or the text where it is none (an HTML page); undefined where it is empty. */
  body: unknown
}

/** A refusal by Label Studio, with what it said. */
export type LabelStudioRefusal = PoseError & { answer: ApiAnswer }

export interface LabelStudioClientOptions {
  url: string
  token: Pick<AccessToken, 'header' | 'renew'>
  /** Milliseconds for one request with its answer. */
  timeoutMs?: number
  /** Longest answer. */
  maxBytes?: number
  traces?: Pick<Traces, 'run' | 'headers'>
}

/** Code of undici. */
const tooLong = 'UND_ERR_RES_EXCEEDED_MAX_SIZE'

export function createLabelStudioClient ({ url, token, timeoutMs = 60_000, maxBytes = 64 * 1024 * 1024, traces = noTraces }: LabelStudioClientOptions): LabelStudioClient {
  const { hostname, port: givenPort, protocol } = new URL(url)
  const port = Number(givenPort) || (protocol === 'https:' ? 443 : 80)
  const dispatcher = new Agent({ connections: 4, pipelining: 1, connect: { timeout: 5000 }, headersTimeout: timeoutMs, bodyTimeout: timeoutMs, maxResponseSize: maxBytes })

  async function send (method: Method, path: string, request: ApiRequest, authorization: string | null): Promise<ApiAnswer> {
    const timeout = AbortSignal.timeout(timeoutMs)
    const pieces = request.json ?? (request.body === undefined ? null : [JSON.stringify(request.body)])
    const options: Dispatcher.RequestOptions = {
      origin: new URL(url).origin,
      path: new URL(url).pathname.replace(/\/$/, '') + path + toQuery(request.query),
      method,
      headers: {
        accept: 'application/json',
        ...traces.headers(),
        ...(authorization !== null && { authorization }),
        // Said ahead, since not every server in front of Label Studio takes a body of unknown length.
        ...(pieces !== null && { 'content-type': 'application/json', 'content-length': String(pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0)) })
      },
      body: pieces === null ? null : Readable.from(pieces),
      signal: request.signal === undefined ? timeout : anySignal([timeout, request.signal])
    }
    try {
      const response = await dispatcher.request(options)
      return { status: response.statusCode, body: parse(await response.body.text()) }
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason
      throw explainFault(error, url, timeoutMs)
    }
  }

  /** The exchange of a personal access token fails in words made for pictures; here it is Label Studio that is not reached. */
  async function authorize (refused?: string): Promise<string | null> {
    try {
      if (refused !== undefined) await token.renew(refused)
      return await token.header()
    } catch (error) {
      if (!isPoseError(error)) throw error
      if (error.errorName === 'SOURCE_FAILED') throw error.cause === undefined ? createPoseError('LABEL_STUDIO_UNREACHABLE', error.detail) : explainFault(error.cause, url, timeoutMs)
      throw error.errorName === 'LABEL_STUDIO_ADDRESS' ? createPoseError('LABEL_STUDIO_ANSWER', error.detail) : error
    }
  }

  async function tryTwice (method: Method, path: string, request: ApiRequest): Promise<ApiAnswer> {
    const authorization = await authorize()
    const answer = await send(method, path, request, authorization)
    if (answer.status !== 401 || !authorization?.startsWith('Bearer ')) return answer
    return send(method, path, request, await authorize(authorization))
  }

  async function attempt (method: Method, path: string, request: ApiRequest = {}): Promise<ApiAnswer> {
    return await traces.run(method, { kind: 'client', facts: { 'http.request.method': method, 'url.full': url + path, 'server.address': hostname, 'server.port': port } }, async (span) => {
      const answer = await tryTwice(method, path, request)
      span.add({ 'http.response.status_code': answer.status })
      if (answer.status >= 400) span.fail(String(answer.status))
      return answer
    })
  }

  return {
    url,
    attempt,
    async call (method, path, request) {
      const answer = await attempt(method, path, request)
      if (answer.status >= 200 && answer.status < 300) return answer.body
      throw toRefusal(answer, `${method} ${url}${path}`)
    },
    close: () => dispatcher.close()
  }
}

/**
 * Of a failed answer: what Label Studio says, as plain text. It has `detail`, `validation_errors`, or a form's list per field.
 * @param most characters
 */
export function describeAnswer ({ status, body }: ApiAnswer, most = 300): string {
  return `${status}: ${(describeBody(body) || 'no reason given').replace(/\s+/g, ' ').slice(0, most)}`
}

/** The refusal as an error whose sentence says what to do. */
export function toRefusal (answer: ApiAnswer, request: string): LabelStudioRefusal {
  const error = answer.status === 401
    ? createPoseError('LABEL_STUDIO_TOKEN', describeAnswer(answer))
    : createPoseError('LABEL_STUDIO_REFUSED', `${request}, ${describeAnswer(answer)}`)
  return Object.assign(error, { answer })
}

export function isLabelStudioRefusal (error: unknown): error is LabelStudioRefusal {
  return error instanceof Error && 'answer' in error
}

/** Whether an answer was cut off for its length (`maxBytes`): a smaller page may do. */
export function isTooLong (error: unknown): boolean {
  return isPoseError(error) && (error.cause as { code?: unknown } | undefined)?.code === tooLong
}

/** Whether an answer was not there, or not whole, within `timeoutMs`. */
export function isTooSlow (error: unknown): boolean {
  const { code, name } = (isPoseError(error) ? error.cause ?? {} : {}) as { code?: unknown, name?: string }
  // undici's clocks run beside ours.
  return name === 'TimeoutError' || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT'
}

function describeBody (body: unknown): string {
  if (typeof body === 'string') return /<html|<!doctype/i.test(body.slice(0, 500)) ? 'a web page instead of JSON' : body
  if (typeof body !== 'object' || body === null) return ''
  const { validation_errors: fields, detail } = body as Record<string, unknown>
  if (typeof fields === 'object' && fields !== null) {
    const sentences = Object.entries(fields).map(([field, reasons]) => `${field === 'non_field_errors' ? '' : `${field}: `}${[reasons].flat().join(' ')}`)
    if (sentences.length > 0) return sentences.join('; ')
  }
  return typeof detail === 'string' ? detail : JSON.stringify(body)
}

function toQuery (query: ApiRequest['query']): string {
  if (query === undefined) return ''
  return `?${new URLSearchParams(Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]))}`
}

function parse (text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** What kept an exchange with Label Studio from coming to an end, as undici reports it: LABEL_STUDIO_UNREACHABLE, or LABEL_STUDIO_ANSWER where it was too long. */
export function explainFault (error: unknown, url: string, timeoutMs: number): PoseError {
  const { code, name, message } = error as { code?: unknown, name: string, message: string }
  if (code === tooLong) return Object.assign(createPoseError('LABEL_STUDIO_ANSWER', `${url}: the answer is too long`), { cause: error })
  const reason = name === 'TimeoutError'
    ? `no answer in ${timeoutMs / 1000} s`
    : typeof code === 'string' ? explainCode(code) : message
  return Object.assign(createPoseError('LABEL_STUDIO_UNREACHABLE', `${url}: ${reason}`), { cause: error })
}

function explainCode (code: string): string {
  if (isCertificateFault(code)) {
    return `its certificate is not trusted (${code}); name the file of its authority in NODE_EXTRA_CA_CERTS`
  }
  return networkFaultSentences[code] ?? `the exchange failed (${code})`
}

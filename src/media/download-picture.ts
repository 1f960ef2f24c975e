import { createPoseError, type PoseError } from '../errors.ts'
import { requestPicture, type PictureRequest, type RequestFailure, type RequestTools } from './request-picture.ts'
import type { TimeLimit } from './time-limit.ts'

const TRIES = 3
const FIRST_PAUSE_MS = 150
/** A server that asks for a longer pause (Retry-After) gets none: the picture fails now instead of holding its place. */
const LONGEST_PAUSE_MS = 5000

export interface DownloadRequest extends PictureRequest {
  /** Addresses that may serve the same picture; the next is asked where one does not have it. */
  urls: readonly URL[]
}

/**
 * Fetches one picture over HTTP: up to three tries with growing pauses, all within one time limit; a token that Label
 * Studio no longer takes is renewed once.
 * @throws PoseError SOURCE_*, IMAGE_TOO_MANY_BYTES, LABEL_STUDIO_TOKEN, or the reason of the limit's abort
 */
export async function downloadPicture (request: DownloadRequest, tools: RequestTools, limit: TimeLimit): Promise<Uint8Array<ArrayBuffer>> {
  let first: PoseError | null = null
  for (const url of request.urls) {
    const outcome = await downloadFrom(url, request, tools, limit)
    if (outcome instanceof Uint8Array) return outcome
    first ??= outcome.error
    // Label Studio answers 500 for an upload it no longer knows and 400 where it keeps no files in a cloud.
    if (outcome.status === null || ![400, 404, 500].includes(outcome.status)) break
  }
  throw first ?? createPoseError('SOURCE_MISSING', 'no address')
}

async function downloadFrom (url: URL, request: PictureRequest, tools: RequestTools, limit: TimeLimit): Promise<Uint8Array<ArrayBuffer> | RequestFailure> {
  let renewed = false
  let attempt = 1
  for (;;) {
    const outcome = await requestPicture(url, request, tools, limit)
    if (outcome instanceof Uint8Array) return outcome
    if (outcome.refusedToken !== null && !renewed) {
      renewed = true
      await limit.race(tools.labelStudioAuth.renew(outcome.refusedToken))
      continue
    }
    const pauseMs = Math.max(outcome.retryAfterMs ?? 0, FIRST_PAUSE_MS * 2 ** (attempt - 1) * (1 + Math.random() / 2))
    const isLast = !outcome.transient || attempt === TRIES
    // A pause beyond the limit would only turn a clear failure into a time-out.
    if (isLast || (outcome.retryAfterMs ?? 0) > LONGEST_PAUSE_MS || pauseMs >= limit.remainingMs()) return outcome
    await limit.wait(pauseMs)
    attempt++
  }
}

import { open, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import { anySignal } from '../any-signal.ts'
import { DownloadFault, explainDownloadFault } from './download-fault.ts'
import { openAnswer, type Answer } from './open-answer.ts'
import { sizeOf } from './size-of.ts'

export interface DownloadOptions {
  address: string
  /** Grows while bytes arrive. What an earlier try has left there is continued. */
  part: string
  /** Size where it is known, else null. */
  bytes: number | null
  maxBytes: number
  /**
   * Whether the content will be checked by a known hash: then what another address or an unmarked answer has left may
   * be continued.
   */
  isChecked: boolean
  dispatcher: Dispatcher
  signal: AbortSignal
  /** @param total null where the server does not say it */
  onProgress (received: number, total: number | null): void
  patience?: Patience
}

export interface Patience {
  /** Longest wait for a connection. */
  connectMs: number
  /** A connection that brings less than 16 KiB in this time is given up. */
  stallMs: number
  /** Wait before the second try; doubles with each further one that brings nothing. */
  waitMs: number
}

const PATIENCE: Patience = { connectMs: 5000, stallMs: 30_000, waitMs: 500 }
const STALLED_BELOW = 16 * 1024
/** Tries in a row that bring less than that. */
const LEAST_GAIN = 64 * 1024
const MOST_FRUITLESS_TRIES = 3
const MOST_TRIES = 100
const MOST_REDIRECTS = 5

/** What is known of an unfinished file, beside it. */
interface PartNote { address: string, etag: string | null }

/**
 * Fetches one address into `part`, continuing after breaks with Range, within the bounds.
 * @throws DownloadFault when this address cannot give the file; the reason of `signal` when it was called off
 */
export async function downloadFile (options: DownloadOptions): Promise<void> {
  const { signal, part, bytes } = options
  const { waitMs } = options.patience ?? PATIENCE
  let fruitless = 0
  let most = await sizeOf(part)
  for (let tries = 1; ; tries++) {
    try {
      return await exchange(options)
    } catch (error) {
      signal.throwIfAborted()
      const fault = explainDownloadFault(error)
      const size = await sizeOf(part)
      // All is there, whatever was wrong with the announcement.
      if (bytes !== null && size === bytes) return
      if (!fault.transient) throw fault
      fruitless = size - most >= LEAST_GAIN ? 0 : fruitless + 1
      most = Math.max(most, size)
      if (fruitless >= MOST_FRUITLESS_TRIES || tries >= MOST_TRIES) throw fault
      await sleep(waitMs * 2 ** fruitless, undefined, { signal }).catch(() => { signal.throwIfAborted() })
    }
  }
}

/** Takes away an unfinished file and what is noted of it. */
export async function dropPart (part: string): Promise<void> {
  await Promise.all([rm(part, { force: true }), rm(noteOf(part), { force: true })])
}

async function exchange (options: DownloadOptions): Promise<void> {
  const { address, part, bytes, maxBytes, onProgress } = options
  const { have, validator } = await readState(options)
  const watch = watchStalls(options.signal, (options.patience ?? PATIENCE).stallMs)
  try {
    const answer = await ask(options, watch.signal, have > 0
      ? { range: `bytes=${have}-`, ...(validator !== null && { 'if-range': validator }) }
      : {})
    const { statusCode, headers, body, cancel } = answer
    const range = readRange(headers['content-range'])
    if (statusCode === 416) {
      cancel()
      if (have > 0 && range?.total === have) return
      await truncate(part, 0)
      throw new DownloadFault('the server has no such range', { transient: true })
    }
    const continues = statusCode === 206 && range?.first === have
    if (statusCode === 206 && !continues) {
      cancel()
      await truncate(part, 0)
      throw new DownloadFault('the server sent another range than asked for', { transient: true })
    }
    const length = Number(headers['content-length'] ?? NaN)
    const total = continues ? range!.total : Number.isFinite(length) ? length : null
    const refusal = total === null ? null : bytes !== null && total !== bytes ? `announces ${total} bytes instead of ${bytes}` : total > maxBytes ? tooLarge(maxBytes) : null
    if (refusal !== null) {
      cancel()
      throw new DownloadFault(refusal)
    }
    if (!continues) await writeFile(noteOf(part), JSON.stringify({ address, etag: strongTag(headers['etag']) } satisfies PartNote))
    const file = await open(part, continues ? 'a' : 'w')
    let received = continues ? have : 0
    try {
      for await (const chunk of body) {
        received += chunk.length
        if (received > maxBytes) throw new DownloadFault(tooLarge(maxBytes))
        await file.write(chunk)
        watch.count(chunk.length)
        onProgress(received, total)
      }
      await file.sync()
    } finally {
      cancel()
      await file.close()
    }
    if (total !== null && received < total) throw new DownloadFault('the connection broke', { transient: true })
  } catch (error) {
    throw watch.hasStalled() ? new DownloadFault('the bytes stopped coming', { transient: true }) : error
  } finally {
    watch.end()
  }
}

/** Follows redirects by hand: Range stays, and nothing that was asked over TLS is taken without it. */
async function ask ({ address, dispatcher, patience = PATIENCE }: DownloadOptions, signal: AbortSignal, extra: Record<string, string>): Promise<Answer> {
  let url = new URL(address)
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const answer = await openAnswer(dispatcher, url, { 'accept-encoding': 'identity', 'user-agent': 'label-studio-rtmpose', ...extra }, signal, patience.connectMs)
    const { statusCode, headers, cancel } = answer
    if (statusCode === 200 || statusCode === 206 || statusCode === 416) return answer
    cancel()
    const location = headers['location']
    if (![301, 302, 303, 307, 308].includes(statusCode) || typeof location !== 'string') {
      throw new DownloadFault(`the server answered ${statusCode}`, { transient: statusCode === 429 || statusCode >= 500 })
    }
    if (!URL.canParse(location, url.href)) throw new DownloadFault('the server leads to an address that is none')
    const next = new URL(location, url)
    if (next.protocol !== 'https:' && next.protocol !== url.protocol) throw new DownloadFault(`the server leads from ${url.protocol}// to ${next.protocol}//`)
    url = next
  }
  throw new DownloadFault(`the server leads on more than ${MOST_REDIRECTS} times`)
}

/** How much is there that may be continued. */
async function readState ({ address, part, isChecked }: DownloadOptions): Promise<{ have: number, validator: string | null }> {
  const have = await sizeOf(part)
  if (have === 0) return { have, validator: null }
  const note = await readFile(noteOf(part), 'utf8').then((text) => JSON.parse(text) as PartNote, () => null).catch(() => null)
  const validator = note?.address === address ? note.etag : null
  return validator !== null || isChecked ? { have, validator } : { have: 0, validator: null }
}

interface StallWatch {
  signal: AbortSignal
  count (bytes: number): void
  hasStalled (): boolean
  end (): void
}

function watchStalls (outer: AbortSignal, stallMs: number): StallWatch {
  const stalled = new AbortController()
  let since = 0
  const timer = setInterval(() => {
    if (since < STALLED_BELOW) stalled.abort()
    since = 0
  }, stallMs)
  return {
    signal: anySignal([outer, stalled.signal]),
    count (bytes) { since += bytes },
    hasStalled: () => stalled.signal.aborted && !outer.aborted,
    end () { clearInterval(timer) }
  }
}

function readRange (header: unknown): { first: number | null, total: number | null } | null {
  const [, first, total] = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(String(header ?? '')) ?? []
  if (total === undefined) return null
  return { first: first === undefined ? null : Number(first), total: total === '*' ? null : Number(total) }
}

/** Weak tags do not promise the same bytes. */
function strongTag (tag: unknown): string | null {
  return typeof tag === 'string' && tag.startsWith('"') ? tag : null
}

function tooLarge (maxBytes: number): string {
  return `is larger than ${Math.round(maxBytes / 1024 / 1024)} MB (MODEL_MAX_MB)`
}

function noteOf (part: string): string {
  return `${part}.json`
}

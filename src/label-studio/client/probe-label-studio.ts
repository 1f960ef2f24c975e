import { request } from 'undici'
import { anySignal } from '../../any-signal.ts'
import { readBeginning } from '../read-beginning.ts'

export interface LabelStudioProbe {
  status: number
  /** Where a redirect leads. */
  location: string | null
  /** Label Studio's release; null: the answer does not say. */
  release: string | null
  /** Beginning of the answer, as text. */
  text: string
  /** Milliseconds that its clock is ahead of ours; null: no date came. Good to about a second. */
  clockAheadMs: number | null
}

/**
 * Asks what answers at an address, without a token and without following redirects.
 * @param url of Label Studio as seen from here, without a slash at the end
 * @throws the fault of the exchange as undici reports it, with its `code`
 */
export async function probeLabelStudio (url: string, timeoutMs: number, signal: AbortSignal): Promise<LabelStudioProbe> {
  const asked = Date.now()
  const response = await request(`${url}/api/version`, {
    headers: { accept: 'application/json' },
    signal: anySignal([signal, AbortSignal.timeout(timeoutMs)])
  })
  const answered = Date.now()
  const { location, date } = response.headers
  const text = await readBeginning(response.body)
  const theirs = typeof date === 'string' ? Date.parse(date) : NaN
  return {
    status: response.statusCode,
    location: typeof location === 'string' ? location : null,
    release: readRelease(text),
    text,
    // The header has whole seconds: on the average it is half a second old.
    clockAheadMs: Number.isNaN(theirs) ? null : theirs + 500 - (asked + answered) / 2
  }
}

function readRelease (text: string): string | null {
  try {
    const body: unknown = JSON.parse(text)
    const release = typeof body === 'object' && body !== null && 'release' in body ? body.release : null
    return typeof release === 'string' ? release : null
  } catch {
    return null
  }
}

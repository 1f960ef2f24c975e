import { createPoseError, type PoseError } from '../errors.ts'
import { tooManyBytes } from './too-many-bytes.ts'

/** RFC 2397: the longest header that makes sense is far below this; it bounds the search for the comma. */
const LONGEST_HEADER = 1024

/**
 * The bytes of a `data:` address, base64 (also URL-safe, percent-encoded or with line breaks) or percent-encoded.
 * Only image/* and application/octet-stream.
 * @throws PoseError SOURCE_UNSUPPORTED, IMAGE_UNREADABLE, IMAGE_TOO_MANY_BYTES (before anything is decoded where it shows)
 */
export function decodeDataUri (uri: string, maxBytes: number): Uint8Array<ArrayBuffer> {
  const comma = uri.slice(0, LONGEST_HEADER).indexOf(',')
  if (comma === -1) throw createPoseError('SOURCE_UNSUPPORTED', 'data: address without a comma')
  const [type = '', ...parameters] = uri.slice('data:'.length, comma).split(';').map((part) => part.trim().toLowerCase())
  if (!/^image\/[^/]+$|^application\/octet-stream$/.test(type)) {
    throw createPoseError('SOURCE_UNSUPPORTED', `data: address of type ${type.replace(/[^\w/+.-]/g, '').slice(0, 60) || 'text/plain'}, not a picture`)
  }
  const payload = uri.slice(comma + 1)
  return parameters.at(-1) === 'base64' ? decodeBase64(payload, maxBytes) : decodePercent(payload, maxBytes)
}

function decodeBase64 (payload: string, maxBytes: number): Uint8Array<ArrayBuffer> {
  // Nothing but white space and percent signs makes the text longer than its bytes need, by at most 3 to 1.
  if (payload.length > 3 * 4 * Math.ceil(maxBytes / 3) + LONGEST_HEADER) throw tooManyBytes(null, maxBytes)
  const text = /[%\s]/.test(payload) ? unescapeBase64(payload) : payload
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const digits = text.length - padding
  const length = Math.floor(digits * 3 / 4)
  if (length > maxBytes) throw tooManyBytes(length, maxBytes)
  const bytes = new Uint8Array(length)
  // The decoder skips or stops at foreign characters: then it writes less than the length promises.
  const written = Buffer.from(bytes.buffer).write(text, 'base64')
  if (written !== length || digits % 4 === 1) throw unreadable('the base64 text is damaged')
  return bytes
}

function unescapeBase64 (payload: string): string {
  try {
    return decodeURIComponent(payload).replace(/\s+/g, '')
  } catch {
    throw unreadable('the base64 text is damaged')
  }
}

function decodePercent (payload: string, maxBytes: number): Uint8Array<ArrayBuffer> {
  if (payload.length > 3 * maxBytes) throw tooManyBytes(null, maxBytes)
  const text = Buffer.from(payload, 'utf8')
  const bytes = new Uint8Array(text.length)
  let length = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== 0x25 /* % */) {
      bytes[length++] = text[i]!
      continue
    }
    const high = hexValue(text[++i])
    const low = hexValue(text[++i])
    if (high === -1 || low === -1) throw unreadable('the percent-encoded text is damaged')
    bytes[length++] = high * 16 + low
  }
  if (length > maxBytes) throw tooManyBytes(length, maxBytes)
  return bytes.slice(0, length)
}

function hexValue (code: number | undefined): number {
  if (code === undefined) return -1
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1
}

function unreadable (why: string): PoseError {
  return createPoseError('IMAGE_UNREADABLE', `data: address, ${why}`)
}

import { STATUS_CODES } from 'node:http'
import type { PoseError } from '../src/errors.ts'

export interface Refusal {
  statusCode: number
  /** In place of the status's name: Label Studio reads nothing else of a failed answer. */
  phrase: string
  body: { statusCode: number, code: string, error: string, message: string, requestId: string }
}

/** A failed answer, however it is sent. */
export function toRefusal (error: PoseError, requestId: string): Refusal {
  const { code, message, statusCode = 500 } = error
  return { statusCode, phrase: reasonPhrase(message), body: { statusCode, code, error: STATUS_CODES[statusCode] ?? 'Error', message, requestId } }
}

/** Latin-1 without line breaks, as HTTP/1.1 demands. */
function reasonPhrase (sentence: string): string {
  // eslint-disable-next-line no-control-regex
  return sentence.replace(/[\u0000-\u001f\u007f]+/g, ' ').replace(/[^\u0020-\u00ff]/g, '?').slice(0, 500)
}

/** Entry of the thread that parses large JSON bodies; it knows nothing of networks. */
import secureJsonParse from 'secure-json-parse'
import { checkExtent } from './check-extent.ts'
import { messageOf } from './outcome.ts'
import type { ParsedBody } from './protocol.ts'

/**
 * Parts of a task that Label Studio sends along and nobody here reads: a person has 37 KB of regions, so they are
 * most of a body, and every byte that goes back stops the main thread's event loop.
 */
const unread = ['annotations', 'predictions', 'drafts']

/** @param body JSON text in UTF-8 */
export default function parseJson (body: Uint8Array<ArrayBuffer>): ParsedBody {
  try {
    const value: unknown = secureJsonParse.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength), null, { protoAction: 'remove', constructorAction: 'remove' })
    dropUnread(value)
    const fault = checkExtent(value)
    return fault === null ? { ok: true, value } : { ok: false, message: fault }
  } catch (error) {
    return { ok: false, message: messageOf(error) }
  }
}

function dropUnread (body: unknown): void {
  if (!isObject(body)) return
  const tasks = Array.isArray(body['tasks']) ? body['tasks'] : []
  for (const task of [...tasks, body['task']]) {
    if (!isObject(task)) continue
    for (const key of unread) delete task[key]
  }
}

function isObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

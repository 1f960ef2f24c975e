/** Runs in a thread of its own, apart from the networks: JSON.parse of a 100 MB body takes most of a second. */

export type ParseOutcome = { ok: true, value: unknown } | { ok: false, message: string }

/** Large parts of a task that nothing here reads; handing them back would cost the other thread as much as parsing. */
const unread = ['annotations', 'predictions', 'drafts'] as const

/** Parses UTF-8 JSON and drops what is never read of its tasks. */
export default function parseJson (bytes: Uint8Array): ParseOutcome {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    dropUnread(value)
    return { ok: true, value }
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) }
  }
}

function dropUnread (body: unknown): void {
  if (typeof body !== 'object' || body === null || !('tasks' in body) || !Array.isArray(body.tasks)) return
  for (const task of body.tasks) {
    if (typeof task !== 'object' || task === null) continue
    for (const key of unread) delete task[key]
  }
}

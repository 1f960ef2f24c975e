import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { createPoseError } from '../errors.ts'

export interface JsonParser {
  /** @throws PoseError REQUEST_INVALID with the parser's sentence, OVERLOADED when too many large bodies wait */
  parse (body: Buffer): Promise<unknown>
  close (): Promise<void>
}

/** What the thread answers; see workers/parse-json.ts. */
type ParseOutcome = { ok: true, value: unknown } | { ok: false, message: string }

/** Large bodies waiting for the one thread; each may be as large as the body limit. */
const mostWaiting = 4
/** The thread ends when no large body came for this long. */
const idleMs = 30_000

/**
 * Parses request bodies: those up to `inlineBytes` at once, larger ones in a thread, so that the event loop goes on
 * answering. Of large ones, parts of tasks that nothing reads (annotations, predictions, drafts) are dropped.
 */
export function createJsonParser ({ inlineBytes }: { inlineBytes: number }): JsonParser {
  let threads: Piscina<Uint8Array, ParseOutcome> | null = null

  function openThreads (): Piscina<Uint8Array, ParseOutcome> {
    threads ??= new Piscina({
      filename: fileURLToPath(new URL('../../workers/parse-json' + extname(import.meta.url), import.meta.url)),
      minThreads: 0,
      maxThreads: 1,
      maxQueue: mostWaiting,
      idleTimeout: idleMs
    }).on('error', () => { /* each caller gets its own rejection */ })
    return threads
  }

  return {
    async parse (body) {
      if (body.byteLength === 0) throw createPoseError('REQUEST_INVALID', 'the body is empty')
      if (body.byteLength <= inlineBytes) return parseInline(body)
      // Fastify joins the pieces of a body into a buffer of its own, so handing it over copies nothing.
      const bytes = body.byteLength === body.buffer.byteLength ? body : Buffer.from(new Uint8Array(body).buffer)
      const outcome = await openThreads().run(bytes, { transferList: [bytes.buffer as ArrayBuffer] })
        .catch((error: Error) => { throw createPoseError('OVERLOADED', `a large body could not be parsed: ${error.message}`) })
      if (!outcome.ok) throw createPoseError('REQUEST_INVALID', outcome.message)
      return outcome.value
    },

    async close () {
      await threads?.close()
    }
  }
}

function parseInline (body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (error) {
    throw createPoseError('REQUEST_INVALID', (error as Error).message)
  }
}

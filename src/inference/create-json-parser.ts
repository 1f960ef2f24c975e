import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import secureJsonParse from 'secure-json-parse'
import { createPoseError } from '../errors.ts'
import type { ParsedBody } from '../../workers/protocol.ts'
import { createAdmissionQueue } from './admission-queue.ts'

export interface JsonParser {
  /**
   * The value of a JSON text in UTF-8. Of a body above `inlineBytes` the annotations, predictions and drafts of
   * its tasks are left out, and its memory is taken over: `body` is empty afterwards.
   * @throws PoseError REQUEST_INVALID with the parser's sentence; OVERLOADED when too many large bodies wait;
   *   BODY_TOO_LARGE when the memory of the thread does not suffice
   */
  parse (body: Buffer): Promise<unknown>
  /** Finishes what was accepted, then ends the thread. */
  close (): Promise<void>
}

export interface JsonParserOptions {
  /** Bodies up to this size are parsed where they are: a thread would cost more than it saves. */
  inlineBytes: number
  /** Most large bodies waiting for the one thread; each may be as large as the body limit. */
  waitingBodies?: number
}

const never = new AbortController().signal
/** An idle thread is ended: the heap of a 100 MB body is worth having back. */
const idleMs = 10_000
/**
 * Heap of the thread. A heap that runs out by many small values ends the thread alone, but one that cannot hold the
 * next large string aborts the process. So it must hold the texts of the largest body (two bytes per character, the
 * whole and its strings) with room to spare, whatever share of a small machine is the default.
 */
const heapMegabytes = 4096

/**
 * Parses request bodies: small ones at once, large ones in a thread. Label Studio sends all chosen tasks in one body,
 * with everything ever drawn on them; parsing 100 MB of that in place would keep /health waiting for a second.
 */
export function createJsonParser ({ inlineBytes, waitingBodies = 4 }: JsonParserOptions): JsonParser {
  const queue = createAdmissionQueue({
    slots: 1,
    limit: waitingBodies,
    createFullError: (waiting) => createPoseError('OVERLOADED', `${waiting} large bodies are waiting to be parsed`)
  })
  let pool: Piscina<Uint8Array, ParsedBody> | null = null

  function openPool (): Piscina<Uint8Array, ParsedBody> {
    const url = new URL('../../workers/parse-json' + extname(import.meta.url), import.meta.url)
    const opened = new Piscina<Uint8Array, ParsedBody>({
      filename: fileURLToPath(url),
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: idleMs,
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
      recordTiming: false
    })
    // The caller whose body ended the thread gets its own rejection; the next body starts a new thread.
    opened.on('error', () => {})
    return opened
  }

  async function parseInThread (body: Buffer): Promise<unknown> {
    pool ??= openPool()
    const bytes = takeOver(body)
    const parsed = await pool.run(bytes, { transferList: [bytes.buffer] }).catch((error: unknown) => {
      throw isOutOfMemory(error) ? createPoseError('BODY_TOO_LARGE', 'the memory does not suffice to parse it') : error
    })
    if (!parsed.ok) throw createPoseError('REQUEST_INVALID', parsed.message)
    return parsed.value
  }

  return {
    async parse (body) {
      if (body.byteLength === 0) throw createPoseError('REQUEST_INVALID', 'the body is empty')
      if (body.byteLength > inlineBytes) return await queue.run('single', never, () => parseInThread(body))
      try {
        return secureJsonParse.parse(body)
      } catch (error) {
        throw createPoseError('REQUEST_INVALID', error instanceof Error ? error.message : String(error))
      }
    },

    async close () {
      await queue.whenEmpty()
      await pool?.close()
    }
  }
}

/** The bytes in memory that they share with nothing else, so that it can be handed over. Fastify's large bodies are so already. */
function takeOver (body: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = body
  return buffer instanceof ArrayBuffer && byteLength === buffer.byteLength ? new Uint8Array(buffer) : new Uint8Array(body)
}

function isOutOfMemory (error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
}

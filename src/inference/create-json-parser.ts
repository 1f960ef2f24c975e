import { Piscina } from 'piscina'
import secureJsonParse from 'secure-json-parse'
import { createPoseError } from '../errors.ts'
import { workerFile } from '../worker-file.ts'
import { checkExtent } from '../../workers/check-extent.ts'
import type { ParsedBody } from '../../workers/protocol.ts'
import { createAdmissionQueue } from './admission-queue.ts'
import { messageOf } from './message-of.ts'

export interface JsonParser {
  /**
   * The value of a JSON text in UTF-8. Of a body above `inlineBytes` the annotations, predictions and drafts of
   * its tasks are left out, and its memory is taken over: `body` is empty afterwards.
   * @throws PoseError REQUEST_INVALID with kind and place of the fault, never with words of the text; OVERLOADED when too many large bodies wait;
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
 * The thread takes one body after the other, whatever its route: the large body of a webhook waits behind those of
 * /predict. Nobody waits for the answer to a webhook, and a second thread would need a heap of the same size.
 */
export function createJsonParser ({ inlineBytes, waitingBodies = 4 }: JsonParserOptions): JsonParser {
  const queue = createAdmissionQueue({
    slots: 1,
    limit: waitingBodies,
    createFullError: (waiting) => createPoseError('OVERLOADED', `${waiting} large bodies are waiting to be parsed`)
  })
  let pool: Piscina<Uint8Array, ParsedBody> | null = null

  function openPool (): Piscina<Uint8Array, ParsedBody> {
    const opened = new Piscina<Uint8Array, ParsedBody>({
      filename: workerFile('parse-json'),
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
    if (!parsed.ok) throw createPoseError('REQUEST_INVALID', withoutQuotes(parsed.message))
    return parsed.value
  }

  return {
    async parse (body) {
      if (body.byteLength === 0) throw createPoseError('REQUEST_INVALID', 'the body is empty')
      if (body.byteLength > inlineBytes) return await queue.run('single', never, () => parseInThread(body))
      const value = parseInline(body)
      const fault = checkExtent(value)
      if (fault !== null) throw createPoseError('REQUEST_INVALID', fault)
      return value
    },

    async close () {
      await queue.whenEmpty()
      await pool?.close()
    }
  }
}

function parseInline (body: Buffer): unknown {
  try {
    // Whatever a task holds, its neighbours get their answer: such keys are left out, not refused.
    return secureJsonParse.parse(body, null, { protoAction: 'remove', constructorAction: 'remove' })
  } catch (error) {
    throw createPoseError('REQUEST_INVALID', withoutQuotes(messageOf(error)))
  }
}

/** V8's sentence with kind and position of the fault, but without the piece of the text it may show: a token may stand there. */
function withoutQuotes (message: string): string {
  if (message.startsWith('Unexpected token')) return 'Unexpected token in the JSON'
  return message.includes('"') ? 'this is no JSON' : message
}

/** The bytes in memory that they share with nothing else, so that it can be handed over. Fastify's large bodies are so already. */
function takeOver (body: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = body
  return buffer instanceof ArrayBuffer && byteLength === buffer.byteLength ? new Uint8Array(buffer) : new Uint8Array(body)
}

function isOutOfMemory (error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
}

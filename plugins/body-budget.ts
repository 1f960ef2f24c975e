import { Transform } from 'node:stream'
import fp from 'fastify-plugin'
import { createPoseError } from '../src/errors.ts'

export interface BodyBudgetOptions {
  /** Of all bodies together. */
  maxBytes: number
  /** Longest time without a byte of a body, in ms. */
  silenceMs?: number
  /** Longest time for a body, in ms. Node's own limit of a request ends with the beginning of the close. */
  arrivalMs: number
}

/** What a piece of a body takes at least, however short it is: chunks of a byte each must not cost a hundred times what they count. */
const leastBytes = 256

/**
 * Bounds the bytes of all bodies held at once, from their arrival until their answers are out: each body has a limit of its own, but a
 * few clients with large ones would fill the memory together. What counts is what has come: who announces much and sends nothing
 * takes nothing from others, and is let go when nothing comes for a while.
 */
export default fp(async function bodyBudget (fastify, { maxBytes, silenceMs = 10_000, arrivalMs }: BodyBudgetOptions) {
  let held = 0
  fastify.addHook('preParsing', async ({ headers, method }, reply, payload) => {
    const isEmpty = headers['transfer-encoding'] === undefined && !(Number(headers['content-length']) > 0)
    if (isEmpty || method === 'GET' || method === 'HEAD') return payload
    const begun = performance.now()
    let own = 0
    let pieces = 0
    const body = new Transform({
      transform (piece: Buffer, _encoding, done) {
        pieces++
        silence.refresh()
        if (performance.now() - begun > arrivalMs) {
          done(createPoseError('REQUEST_TIMEOUT', `the whole body within ${arrivalMs / 1000} s`))
          return
        }
        const bytes = Math.max(piece.byteLength, leastBytes)
        if (held + bytes > maxBytes) {
          done(createPoseError('OVERLOADED', 'the bodies of other requests fill the memory set aside for them, see MAX_BODY_MB'))
          return
        }
        held += bytes
        own += bytes
        done(null, piece)
      },
      flush (done) {
        clearTimeout(silence)
        done()
      }
    })
    const silence = setTimeout(() => {
      // What has come while this process was busy is read before it counts as silence.
      const before = pieces
      setImmediate(() => {
        if (pieces === before) body.destroy(createPoseError('REQUEST_TIMEOUT', `nothing of the body came for ${silenceMs / 1000} s`))
      })
    }, silenceMs)
    // Whoever reads the body hears of it too; where nobody does it is nobody's.
    body.on('error', () => {})
    body.once('close', () => { clearTimeout(silence) })
    payload.once('error', (error) => { body.destroy(error) })
    reply.raw.once('close', () => {
      clearTimeout(silence)
      held -= own
      own = 0
      // What nobody has read is passed over, so that the connection can be used again.
      payload.unpipe(body)
      payload.resume()
      body.destroy()
    })
    return payload.pipe(body)
  })
}, { name: 'body-budget' })

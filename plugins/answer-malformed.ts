import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { ConnectionError } from 'fastify'
import { createPoseError, type PoseError } from '../src/errors.ts'
import { toRefusal } from './to-refusal.ts'

/**
 * What could not be read as HTTP, or did not come in time: there is no request that a handler of Fastify could be given, so the
 * answer is written as it stands, and the connection ends, since nobody knows where the next request would begin. Before the
 * handshake of TLS is done nothing can be said: an answer would wait for its end, and the connection with it.
 */
export function answerMalformed (error: ConnectionError, socket: Socket): void {
  // The other side has gone.
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  if (!socket.writable || (socket instanceof TLSSocket && socket.getPeerFinished() === undefined)) {
    socket.destroy(error)
    return
  }
  const { statusCode, phrase, body } = toRefusal(explain(error), crypto.randomUUID())
  const text = JSON.stringify(body)
  socket.end(Buffer.from([
    `HTTP/1.1 ${statusCode} ${phrase}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(text)}`,
    'cache-control: no-store',
    'connection: close',
    '',
    text
  ].join('\r\n'), 'latin1'))
}

/** The parser's own sentences name places in its machinery; its code tells enough. */
function explain ({ code }: ConnectionError): PoseError {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT': return createPoseError('REQUEST_TIMEOUT', 'headers and body have a limit each')
    case 'HPE_HEADER_OVERFLOW': return createPoseError('HEADERS_TOO_LARGE', 'over 16 KB')
    default: return createPoseError('REQUEST_INVALID', `it is no HTTP/1.1: ${code}`)
  }
}

import { Writable } from 'node:stream'
import { pino, type Logger } from 'pino'

/** A log that keeps what is written to it, a line an object. */
export function createLogLines (): { log: Logger, lines: Array<Record<string, unknown>> } {
  const lines: Array<Record<string, unknown>> = []
  const log = pino({ level: 'info' }, new Writable({ write (chunk: Buffer, _encoding, done) { lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>); done() } }))
  return { log, lines }
}

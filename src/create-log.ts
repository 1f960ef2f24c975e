import { isatty } from 'node:tty'
import pino, { type DestinationStream, type Logger } from 'pino'
import pretty from 'pino-pretty'

/**
 * The log of the service: JSON lines, or readable ones where a person watches. A log transport is a thread more and loses lines when a process
 * ends hard; a stream in this thread does neither.
 */
export function createLog (level: string, to: 'stdout' | 'stderr' = 'stdout'): Logger {
  const dest = to === 'stdout' ? 1 : 2
  const stream: DestinationStream = isatty(dest) ? pretty({ sync: true, ignore: 'pid,hostname,reqId', singleLine: true, destination: dest }) : pino.destination({ dest, sync: true })
  return pino({ level, serializers: { err: withoutCommand, req: withoutQuery } }, stream)
}

/** A query may hold whatever its sender has put there, tokens too. */
function withoutQuery ({ method, url, host, ip }: { method: string, url: string, host: string, ip: string }): object {
  return { method, url: url.replace(/\?.*$/s, '?…'), host, remoteAddress: ip }
}

/** What Redis refuses comes with the command and all its words, the password and the token of Label Studio among them. */
function withoutCommand (error: Error): object {
  const { command, ...rest } = pino.stdSerializers.err(error) as object & { command?: unknown }
  return rest
}

import type { IncomingMessage } from 'node:http'

/** The id that a proxy has given to the request, if it is fit for a log line, otherwise a new one. */
export function readRequestId ({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && /^[\w.:+/=@-]{1,128}$/.test(given) ? given : crypto.randomUUID()
}

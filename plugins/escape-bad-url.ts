import type { IncomingMessage } from 'node:http'

/** An address whose path cannot be decoded becomes one that can be, which is not found: the router would answer it past all hooks, without headers and limits. */
export function escapeBadUrl ({ url = '/' }: Pick<IncomingMessage, 'url'>): string {
  if (!url.includes('%')) return url
  try {
    decodeURIComponent(url.split('?', 1)[0]!)
    return url
  } catch {
    return url.replaceAll('%', '%25')
  }
}

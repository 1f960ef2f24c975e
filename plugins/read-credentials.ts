import type { FastifyRequest } from 'fastify'

/** What a caller shows: a bearer, or user and password (HTTP Basic). */
export type Credentials = { token: string } | { user: string, password: string }

/**
 * Of the Authorization header; null where there are none, and where a browser sends Basic credentials for a page of another site: it sends what
 * its user has entered once with the requests of any page. A link on such a page may be followed.
 */
export function readCredentials ({ method, headers }: Pick<FastifyRequest, 'method' | 'headers'>): Credentials | null {
  const [, scheme = '', value = ''] = /^(bearer|basic) +(\S+) *$/i.exec(headers.authorization ?? '') ?? []
  if (scheme.toLowerCase() === 'bearer') return { token: value }
  const text = Buffer.from(value, 'base64').toString()
  const colon = text.indexOf(':')
  if (colon < 0 || (isFromOtherSite(headers) && !isFollowedLink(method, headers))) return null
  return { user: text.slice(0, colon), password: text.slice(colon + 1) }
}

/** Whether a page of another site has made a browser ask. */
export function isFromOtherSite ({ origin, host, 'sec-fetch-site': site }: FastifyRequest['headers']): boolean {
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  return origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`
}

/** Whether the answer takes the place of the page that has led to it, which then cannot read it; nor does GET change anything here. */
function isFollowedLink (method: string, { 'sec-fetch-mode': mode, 'sec-fetch-dest': destination }: FastifyRequest['headers']): boolean {
  return (method === 'GET' || method === 'HEAD') && mode === 'navigate' && destination === 'document'
}

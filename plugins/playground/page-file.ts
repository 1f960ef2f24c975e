import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** A file of the page, in memory. */
export interface PageFile {
  type: string
  body: Buffer
  etag: string
}

export function toPageFile (type: string, body: Buffer): PageFile {
  // Weak: the same file goes out compressed or not.
  return { type, body, etag: `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` }
}

/**
 * What the page may do: load what lies beside it and ask its own service, and nothing else. Pictures of its user are blob: and data: addresses.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join('; ')

/** Sends the file, or 304 to who has it. The browser asks each time, so that a page of one version never meets scripts of another. */
export function sendPageFile (request: FastifyRequest, reply: FastifyReply, { type, body, etag }: PageFile): FastifyReply {
  reply.header('etag', etag).header('cache-control', 'no-cache').header('content-security-policy', policy)
  const known = request.headers['if-none-match']?.split(',').map((tag) => tag.trim())
  if (known?.includes(etag)) return reply.code(304).send()
  return reply.type(type).send(body)
}

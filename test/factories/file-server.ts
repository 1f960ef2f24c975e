import type { IncomingMessage, ServerResponse } from 'node:http'
import { createHash } from 'node:crypto'
import type { Test } from 'tap'
import { startLocalServer, type LocalServer } from './local-server.ts'

/** How a server of files misbehaves. Each function gets the number of the request for that path, from 1. */
export interface Behaviour {
  /** Sends this many bytes and cuts the line; null: sends all. */
  breakAfter?: (count: number) => number | null
  /** Announces this many bytes more (or, negative, fewer) than it sends. */
  lieBy?: number
  /** Answers with this status alone; null: as usual. */
  status?: (count: number) => number | null
  /** false: ignores Range. */
  ranges?: boolean
  /** false: no ETag. */
  tagged?: boolean
  /** Bytes per pause, and the pause in ms. */
  slow?: readonly [bytes: number, ms: number]
}

export interface FileServer extends LocalServer {
  /** Paths that were asked, with the Range header or ''. */
  asked (): string[]
}

/** Serves files from memory with ETag and Range, as a download host does, with the faults that are asked for. */
export async function startFileServer (t: Pick<Test, 'teardown'>, files: Record<string, Uint8Array>, behaviour: Behaviour = {}): Promise<FileServer> {
  const counts = new Map<string, number>()
  const server = await startLocalServer(t, (request, response) => {
    const path = request.url ?? ''
    const count = (counts.get(path) ?? 0) + 1
    counts.set(path, count)
    const content = files[path]
    const status = behaviour.status?.(count) ?? null
    if (status !== null || content === undefined) {
      response.writeHead(status ?? 404).end()
      return
    }
    serve(Buffer.from(content), request, response, behaviour, count).catch(() => { response.destroy() })
  })
  return { ...server, asked: () => server.requests.map(({ url, headers }) => `${url} ${headers.range ?? ''}`.trim()) }
}

async function serve (content: Buffer, request: IncomingMessage, response: ServerResponse, { breakAfter, lieBy = 0, ranges = true, tagged = true, slow }: Behaviour, count: number): Promise<void> {
  const etag = `"${createHash('sha1').update(content).digest('hex')}"`
  const condition = request.headers['if-range']
  const [, start] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? []
  const first = ranges && start !== undefined && (condition === undefined || condition === etag) ? Number(start) : 0
  const headers = tagged ? { etag } : {}
  if (first > 0 && first >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end()
    return
  }
  const body = content.subarray(first)
  response.writeHead(first > 0 ? 206 : 200, {
    ...headers,
    'content-length': body.length + lieBy,
    ...(first > 0 && { 'content-range': `bytes ${first}-${content.length - 1 + lieBy}/${content.length + lieBy}` })
  })
  const limit = breakAfter?.(count) ?? null
  const sent = limit === null ? body : body.subarray(0, limit)
  const [piece, pause] = slow ?? [sent.length || 1, 0]
  for (let at = 0; at < sent.length && !response.destroyed; at += piece) {
    await new Promise<void>((resolve) => { response.write(sent.subarray(at, at + piece), () => { resolve() }) })
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause))
  }
  // Fewer bytes than announced: the line is cut, in order, so that what was written arrives.
  if (limit !== null || lieBy > 0) response.socket?.end()
  else response.end()
}

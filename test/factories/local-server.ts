import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Test } from 'tap'

export interface LocalServer {
  /** http(s)://127.0.0.1:port */
  origin: string
  port: number
  /** What came, in order. */
  requests: { url: string, headers: IncomingMessage['headers'] }[]
  /** Connections accepted so far, and the bytes they brought. */
  connections: { opened: number, bytes: number }
}

export type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void

/**
 * A real server on a free port of 127.0.0.1, closed at the end of the test. `count` starts at 1.
 * @param onConnect what it does as a proxy, when asked for a tunnel
 */
export async function startLocalServer (t: Pick<Test, 'teardown'>, answer: Answer, tls?: ServerOptions, onConnect?: (request: IncomingMessage, socket: Duplex) => void): Promise<LocalServer> {
  const requests: LocalServer['requests'] = []
  const connections = { opened: 0, bytes: 0 }
  const listener: RequestListener = (request, response) => {
    requests.push({ url: request.url ?? '', headers: request.headers })
    answer(request, response, requests.length)
  }
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  if (onConnect !== undefined) server.on('connect', onConnect)
  server.on('connection', (socket) => {
    connections.opened++
    socket.on('data', (chunk: Buffer) => { connections.bytes += chunk.length })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return { origin: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, port, requests, connections }
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { DropArgument, Socket } from 'node:net'
import fp from 'fastify-plugin'

export interface OpenConnectionsOptions {
  /** Most connections at once, those whose handshake is not done among them; 0: as many as the system gives. */
  max: number
  /** How long a connection may be without a request, in ms, before closing the service ends it: what is on its way still arrives. */
  graceMs?: number
}

interface Connection { requests: number, unusedSince: number }

/** One line of the log for all that were refused meanwhile. */
const sayEveryMs = 60_000

/**
 * Bounds the connections, and ends those without a request when the service closes. Node closes only those that have had an answer, and
 * looks at no limit of time once it closes: one that has never sent a request, or has not even finished its handshake, would hold up
 * the close for ever. One that is over the bound is closed without an answer: for an answer it would have to be read.
 */
export default fp(async function openConnections (fastify, { max, graceMs = 500 }: OpenConnectionsOptions) {
  const { server } = fastify
  const connections = new Map<Socket, Connection>()
  // Events of requests have the encrypted socket, those of connections the one below; both know the other side.
  const byPeer = new Map<string, Connection>()
  if (max > 0) server.maxConnections = max

  let refused = 0
  let saidAt = -Infinity
  server.on('drop', (peer?: DropArgument) => {
    refused++
    if (performance.now() - saidAt < sayEveryMs) return
    fastify.log.warn({ refused, address: peer?.remoteAddress }, `connections refused: ${max} are open, see MAX_CONNECTIONS`)
    refused = 0
    saidAt = performance.now()
  })

  server.on('connection', (socket: Socket) => {
    const peer = peerOf(socket)
    const connection = { requests: 0, unusedSince: performance.now() }
    connections.set(socket, connection)
    byPeer.set(peer, connection)
    socket.once('close', () => {
      connections.delete(socket)
      if (byPeer.get(peer) === connection) byPeer.delete(peer)
    })
  })
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const connection = byPeer.get(peerOf(socket))
    if (connection === undefined) return
    connection.requests++
    response.once('close', () => {
      connection.requests--
      connection.unusedSince = performance.now()
    })
  })

  function endUnused (): void {
    const now = performance.now()
    for (const [socket, { requests, unusedSince }] of connections) {
      if (requests === 0 && now - unusedSince >= graceMs) socket.destroy()
    }
  }

  let timer: NodeJS.Timeout
  fastify.addHook('preClose', async () => {
    endUnused()
    timer = setInterval(endUnused, graceMs / 2)
  })
  fastify.addHook('onClose', async () => { clearInterval(timer) })
}, { name: 'open-connections' })

function peerOf ({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

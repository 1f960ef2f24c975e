import dns from 'node:dns'
import { isIP, type LookupFunction, type Socket } from 'node:net'
import { Agent, buildConnector, type Dispatcher } from 'undici'
import { createPoseError, type PoseError } from '../errors.ts'
import { isPublicAddress } from './address-guard.ts'

export interface DispatcherOptions {
  /** Origins (scheme, host, port) whose address may be private. */
  allowedOrigins: ReadonlySet<string>
  maxBytes: number
  timeoutMs: number
}

const CONNECTIONS_PER_ORIGIN = 4
const LONGEST_CONNECT_MS = 10_000

/**
 * The way out for pictures. A connection to an address that is not public ends before a byte is sent, with
 * SOURCE_REFUSED as the error of the request, unless the configuration names its origin. The Agent keeps a pool per
 * origin, so a connection opened with that permission serves this origin alone.
 */
export function createDispatcher ({ allowedOrigins, maxBytes, timeoutMs }: DispatcherOptions): Dispatcher {
  return new Agent({
    connect: createGuardedConnector(allowedOrigins, Math.min(LONGEST_CONNECT_MS, timeoutMs)),
    connections: CONNECTIONS_PER_ORIGIN,
    pipelining: 1,
    maxResponseSize: maxBytes,
    // The time limit of the whole ends the wait. One of undici's beside it fires now before, now after it, and a
    // silent server would be SOURCE_FAILED in place of SOURCE_TIMEOUT.
    headersTimeout: 0,
    // Between two chunks; a stalled body is worth a second try within the time limit of the whole.
    bodyTimeout: Math.ceil(timeoutMs / 3),
    // maxResponseSize is looked at by the HTTP/1 client only.
    allowH2: false
  })
}

function createGuardedConnector (allowedOrigins: ReadonlySet<string>, timeout: number): buildConnector.connector {
  const connect = buildConnector({ timeout })
  // `lookup` sees names only, never IP literals: those are checked before.
  const connectPublic = buildConnector({ timeout, autoSelectFamily: true, lookup: lookupPublic } as buildConnector.BuildOptions)

  return (options, callback) => {
    const { hostname, protocol } = options
    const port = options.port || (protocol === 'https:' ? '443' : '80')
    if (allowedOrigins.has(toOrigin(protocol, hostname, port))) return connect(options, callback)
    if (isIP(hostname) !== 0 && !isPublicAddress(hostname)) return callback(refused(hostname), null)

    // TLS too starts as a plain socket: its first message would be sent before the peer is known.
    connectPublic({ hostname, protocol: 'http:', port }, (error, socket) => {
      if (error !== null) return callback(error, null)
      // The last word has the socket itself, whatever name resolution said.
      if (!isPublicAddress(socket.remoteAddress ?? '')) {
        socket.destroy()
        return callback(refused(hostname), null)
      }
      if (protocol === 'https:') return connect({ ...options, httpSocket: socket as Socket }, callback)
      callback(null, socket)
    })
  }
}

/** dns.lookup without the addresses that are not public, so that not even a SYN reaches them. */
const lookupPublic: LookupFunction = (hostname, options, callback) => {
  dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, [])
    const open = addresses.filter(({ address }) => isPublicAddress(address))
    if (open.length === 0) return callback(refused(hostname), [])
    callback(null, open)
  })
}

function toOrigin (protocol: string, hostname: string, port: string): string {
  return new URL(`${protocol}//${isIP(hostname) === 6 ? `[${hostname}]` : hostname}:${port}`).origin
}

/** Names the host as it was asked for; what it resolves to is nobody's business who writes tasks. */
function refused (hostname: string): PoseError {
  return createPoseError('SOURCE_REFUSED', hostname)
}

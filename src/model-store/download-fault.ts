import { networkFaultSentences } from '../network-fault-sentences.ts'

/** Why a download did not succeed, in words for a person. */
export class DownloadFault extends Error {
  override name = 'DownloadFault'
  /** Whether the same request may do better in a moment. */
  readonly transient: boolean
  /** Whether the host could not be reached at all: its other files need not be tried. */
  readonly unreachable: boolean
  /** Whether the folder takes no file, wherever it comes from: no other address need be asked. */
  readonly ofFolder: boolean

  constructor (message: string, { transient = false, unreachable = false, ofFolder = false } = {}) {
    super(message)
    this.transient = transient
    this.unreachable = unreachable
    this.ofFolder = ofFolder
  }
}

const UNREACHABLE = new Set(['ECONNREFUSED', 'ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN', 'ENOTFOUND'])

const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])

const FOLDER: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the folder is read-only',
  EACCES: 'the folder may not be written',
  EPERM: 'the folder may not be written',
  ENOTDIR: 'a file lies in the place of the folder'
}

/**
 * A failed exchange (undici, net, tls, dns) or a failed write, in words.
 * @throws what is a fault of the program
 */
export function explainDownloadFault (error: unknown): DownloadFault {
  if (error instanceof DownloadFault) return error
  const { code, name } = error as { code?: unknown, name?: unknown }
  if (typeof code !== 'string') {
    if (name === 'HTTPParserError') return new DownloadFault(networkFaultSentences['UND_ERR_PARSER']!, { transient: true })
    throw error
  }
  if (FOLDER[code] !== undefined) return new DownloadFault(`${FOLDER[code]} (${code})`, { ofFolder: true })
  // What the tunnel of a proxy ends with.
  if (code === 'UND_ERR_ABORTED') return new DownloadFault(`the proxy refuses the connection (${code})`, { unreachable: true })
  if (UNREACHABLE.has(code)) return new DownloadFault(`${networkFaultSentences[code]} (${code})`, { unreachable: true })
  if (BROKEN.has(code)) return new DownloadFault(`${networkFaultSentences[code]} (${code})`, { transient: true })
  // Certificates and TLS: a proxy that looks inside is the usual cause.
  if (/CERT|TLS|SSL|SIGNATURE|ISSUER/.test(code)) {
    return new DownloadFault(`its certificate is not trusted (${code}); name the file of its authority in NODE_EXTRA_CA_CERTS`, { unreachable: true })
  }
  // Systems have many more codes of their own; what Node calls ERR_ is a fault of ours.
  if (!code.startsWith('ERR_')) return new DownloadFault(`the exchange failed (${code})`, { transient: true })
  throw error
}

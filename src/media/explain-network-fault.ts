import { createPoseError, isPoseError, type PoseError } from '../errors.ts'
import { networkFaultSentences } from '../network-fault-sentences.ts'
import { tooManyBytes } from './too-many-bytes.ts'

export interface NetworkFault {
  error: PoseError
  /** Whether the same request may do better in a moment. */
  transient: boolean
}

const LASTING = new Set(['ENOTFOUND', 'UND_ERR_INVALID_ARG', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED'])

const UNTRUSTED = new Set(['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'])

/**
 * A failed exchange (undici, node:net, node:tls, node:dns) in words a user can act on.
 * @param place the address asked, fit for messages
 * @throws what is no fault of the network
 */
export function explainNetworkFault (error: unknown, place: string, maxBytes: number): NetworkFault {
  if (isPoseError(error)) return { error, transient: false }
  const code = codeOf(error)
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return { error: tooManyBytes(null, maxBytes), transient: false }
  if (UNTRUSTED.has(code)) {
    return fault(`${place}: its certificate is not trusted (${code}); name the file of its authority in NODE_EXTRA_CA_CERTS`, false, error)
  }
  if (code.startsWith('ERR_TLS_') || code.startsWith('CERT_')) return fault(`${place}: its certificate does not fit (${code})`, false, error)
  // Nothing of the network's: a fault of ours, which shall not look like one of the picture's server.
  if (code === '') throw error
  // The HTTP parser and OpenSSL have dozens of codes; what they have in common is garbage on the line.
  const sentence = networkFaultSentences[code] ?? `the exchange failed (${code})`
  return fault(`${place}: ${sentence}`, !LASTING.has(code), error)
}

/** undici's parser errors often come without a code. */
function codeOf (error: unknown): string {
  const { code, name } = error as { code?: unknown, name?: unknown }
  if (typeof code === 'string') return code
  return name === 'HTTPParserError' ? 'UND_ERR_PARSER' : ''
}

/** The cause goes to the log only. */
function fault (detail: string, transient: boolean, cause: unknown): NetworkFault {
  return { error: Object.assign(createPoseError('SOURCE_FAILED', detail), { cause }), transient }
}

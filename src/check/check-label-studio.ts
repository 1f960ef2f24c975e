import { existsSync } from 'node:fs'
import { createPoseError } from '../errors.ts'
import { isCertificateFault } from '../is-certificate-fault.ts'
import { probeLabelStudio, type LabelStudioProbe } from '../label-studio/client/probe-label-studio.ts'
import { networkFaultSentences } from '../network-fault-sentences.ts'
import type { CheckLine } from './check-report.ts'
import { finding } from './check-sentences.ts'

export interface LabelStudioFindings {
  lines: CheckLine[]
  /** It answers: what needs it can be looked at. */
  isThere: boolean
}

/** The Label Studio that this service was built against, and the oldest whose protocol is the same. */
const newestTestedRelease = '1.23.2'
const oldestRelease = '1.20'

const clockToleranceMs = 30_000

/**
 * Whether Label Studio answers at its address, which release it is, and how its clock goes.
 * @param inContainer whether localhost is a container here
 * @throws PoseError CANCELLED
 */
export async function checkLabelStudio (url: string, signal: AbortSignal, { timeoutMs = 10_000, inContainer = isContainer() }: { timeoutMs?: number, inContainer?: boolean } = {}): Promise<LabelStudioFindings> {
  let probe: LabelStudioProbe
  try {
    probe = await probeLabelStudio(url, timeoutMs, signal)
  } catch (error) {
    if (signal.aborted) throw createPoseError('CANCELLED', 'while Label Studio was looked for')
    return { lines: [explainFault(error, url, timeoutMs, inContainer)], isThere: false }
  }
  if (probe.release === null) return { lines: [explainStranger(probe, url)], isThere: false }
  return { lines: [finding('LABEL_STUDIO_OK', [url]), checkRelease(probe.release), checkClocks(probe.clockAheadMs)], isThere: true }
}

/** Docker and Podman leave these files. */
function isContainer (): boolean {
  return existsSync('/.dockerenv') || existsSync('/run/.containerenv')
}

function explainFault (error: unknown, url: string, timeoutMs: number, inContainer: boolean): CheckLine {
  const { code, name, message } = error as { code?: unknown, name: string, message: string }
  const reason = typeof code === 'string' ? code : name
  const { protocol, hostname } = new URL(url)
  if (reason === 'ENOTFOUND' || reason === 'EAI_AGAIN') return finding('LABEL_STUDIO_NAME', [url])
  if (reason === 'ECONNREFUSED') {
    const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)
    return finding(inContainer && isLocal ? 'LABEL_STUDIO_LOCALHOST' : 'LABEL_STUDIO_PORT', [url])
  }
  if (isCertificateFault(reason)) return finding('LABEL_STUDIO_CERTIFICATE', [url, reason])
  if (/^(ERR_SSL_|EPROTO|HPE_)|PARSER|HTTPParserError/.test(reason)) {
    return finding('LABEL_STUDIO_SCHEME', [url, protocol === 'https:' ? 'TLS' : 'plain HTTP', reason])
  }
  const sentence = name === 'TimeoutError' ? `no answer in ${timeoutMs / 1000} s` : networkFaultSentences[reason] ?? message
  return finding('LABEL_STUDIO_SILENT', [url, sentence])
}

function explainStranger ({ status, location, text }: LabelStudioProbe, url: string): CheckLine {
  if (status >= 300 && status < 400 && location !== null) return finding('LABEL_STUDIO_REDIRECT', [url, location])
  // Web servers say so in a page of their own when a request without TLS comes to a port with it.
  if (status === 400 && /HTTPS port/i.test(text)) return finding('LABEL_STUDIO_SCHEME', [url, 'plain HTTP', 'it wants TLS'])
  const kind = /<html|<!doctype/i.test(text.slice(0, 500)) ? 'a web page' : 'another answer'
  return finding('LABEL_STUDIO_OTHER', [url, `${status}, ${kind}`])
}

function checkRelease (release: string): CheckLine {
  if (!/^\d+\.\d+/.test(release)) return finding('RELEASE_UNKNOWN')
  if (compareMinor(release, oldestRelease) < 0) return finding('RELEASE_OLD', [release, oldestRelease])
  return compareMinor(release, newestTestedRelease) > 0 ? finding('RELEASE_NEW', [release, newestTestedRelease]) : finding('RELEASE_OK', [release])
}

/** By the first two numbers: the last one brings repairs. */
function compareMinor (a: string, b: string): number {
  const [[aMajor = 0, aMinor = 0], [bMajor = 0, bMinor = 0]] = [a, b].map((text) => text.split('.').map((part) => parseInt(part, 10))) as [number[], number[]]
  return aMajor - bMajor || aMinor - bMinor
}

function checkClocks (aheadMs: number | null): CheckLine {
  if (aheadMs === null) return finding('CLOCKS_UNKNOWN')
  if (Math.abs(aheadMs) < clockToleranceMs) return finding('CLOCKS_OK', [clockToleranceMs / 1000])
  return finding('CLOCKS_DIFFER', [Math.round(Math.abs(aheadMs) / 1000), aheadMs > 0 ? 'ahead of' : 'behind'])
}

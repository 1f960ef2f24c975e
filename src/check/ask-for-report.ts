import Value from 'typebox/value'
import type { Config } from '../config.ts'
import { isCertificateFault } from '../is-certificate-fault.ts'
import { ownAuthorization } from '../label-studio/connect/credentials.ts'
import { networkFaultSentences } from '../network-fault-sentences.ts'
import { CheckReportSchema, type CheckLine, type CheckReport } from './check-report.ts'
import { finding } from './check-sentences.ts'
import type { CheckRequest } from './run-checks.ts'

/** Longer than any check takes. */
const timeoutMs = 150_000

/**
 * Asks a running service for its report.
 * @param address without a slash at the end
 * @returns how the service answered, and its report; null: it gave none
 */
export async function askForReport (address: string, { project, wantsDrawing }: CheckRequest, config: Pick<Config, 'apiToken' | 'basicAuth'>): Promise<{ line: CheckLine, report: CheckReport | null }> {
  const query = new URLSearchParams({ ...(project !== null && { project: String(project) }), ...(wantsDrawing && { drawing: 'true' }) })
  let answer: Response
  let body: unknown
  try {
    answer = await fetch(`${address}/check?${query}`, {
      headers: ownAuthorization(config),
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'manual'
    })
    body = await answer.json().catch(() => null)
  } catch (error) {
    const fault = describeFault(error as Error)
    return { line: finding(isOfCertificate(error as Error) ? 'SERVICE_CERTIFICATE' : 'SERVICE_DOWN', [address, fault]), report: null }
  }
  if (answer.status === 200 && Value.Check(CheckReportSchema, body)) return { line: finding('SERVICE_OK', [address]), report: body }
  const refusal = readRefusal(body)
  if (refusal === null || answer.status === 404) return { line: finding('SERVICE_OTHER', [address, String(answer.status)]), report: null }
  return { line: finding(answer.status === 401 || answer.status === 403 ? 'SERVICE_REFUSES' : 'SERVICE_BUSY', [address, refusal]), report: null }
}

/** fetch wraps the fault in a "fetch failed". */
function describeFault (error: Error): string {
  if (error.name === 'TimeoutError') return `no answer in ${timeoutMs / 1000} s`
  const { code, message } = (error.cause ?? error) as { code?: unknown, message: string }
  return (typeof code === 'string' ? networkFaultSentences[code] : undefined) ?? message
}

function isOfCertificate ({ cause }: Error): boolean {
  return isCertificateFault((cause as { code?: unknown } | undefined)?.code)
}

/** Our own form of an error. */
function readRefusal (body: unknown): string | null {
  if (typeof body !== 'object' || body === null || !('code' in body) || !('message' in body)) return null
  return typeof body.code === 'string' && body.code.startsWith('POSE_ERR_') && typeof body.message === 'string' ? body.message : null
}

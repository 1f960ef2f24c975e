import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { Agent, fetch, type buildConnector } from 'undici'

export interface FleetRequest {
  /** Sent as JSON, by POST. */
  body?: object
  headers?: Record<string, string>
}

export interface FleetAnswer { status: number, text: string, retryAfter: string | null }

/** Waits as long as Label Studio does. @throws Error where there is no answer */
export type Send = (url: string, request?: FleetRequest) => Promise<FleetAnswer>

export interface FleetClient { toNginx: Send, toReplica: Send }

/** As Label Studio waits for a prediction. */
const timeoutMs = 100_000

/**
 * Requests over HTTPS, whose certificates are looked at as in production: nginx by its address, replicas by the name that they share, and with the
 * certificate of nginx for replicas.
 * @param dir that of makeDeployCertificates
 */
export async function createFleetClient (t: Pick<Test, 'teardown'>, dir: string): Promise<FleetClient> {
  const folder = join(dir, 'certificates', 'balancer')
  const [ca, cert, key] = await Promise.all(['authority.pem', 'certificate.pem', 'key.pem'].map((name) => readFile(join(folder, name), 'utf8'))) as [string, string, string]
  const open = (connect: buildConnector.BuildOptions): Send => {
    const dispatcher = new Agent({ connect })
    t.teardown(() => dispatcher.destroy())
    return async (url, { body, headers = {} } = {}) => {
      const answer = await fetch(url, {
        ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
        headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
        signal: AbortSignal.timeout(timeoutMs),
        dispatcher
      })
      return { status: answer.status, text: await answer.text(), retryAfter: answer.headers.get('retry-after') }
    }
  }
  return { toNginx: open({ ca }), toReplica: open({ ca, cert, key, servername: 'replica.internal' }) }
}

import type { LabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import { readMlBackends, type MlBackend } from '../label-studio/client/ml-backends.ts'
import type { ReceivedCalls } from './received-calls.ts'

/** A connection that Label Studio stores, and what of it was seen here while Label Studio looked at it. */
export interface ObservedBackend {
  row: MlBackend
  /** Its /health arrived in this process. null: nobody listens here (the service does not run in this process). */
  healthArrived: boolean | null
  /** As healthArrived, of /setup. */
  setupArrived: boolean | null
}

/** Reads the connections of a project, which makes Label Studio ask /health and /setup of each: those that are ours are asked here. */
export async function observeBackends (client: LabelStudioClient, project: number, received: ReceivedCalls | null): Promise<ObservedBackend[]> {
  const mark = received?.mark() ?? 0
  const rows = await readMlBackends(client, project)
  if (received === null) return rows.map((row) => ({ row, healthArrived: null, setupArrived: null }))
  const calls = received.callsSince(mark)
  return rows.map((row) => {
    const host = hostOf(row.url)
    return {
      row,
      healthArrived: calls.some((call) => call.route === 'GET /health' && call.host === host),
      // A proxy may send another Host; where there is one connection, the number of the project says enough.
      setupArrived: calls.some((call) => call.route === 'POST /setup' && call.project === project && (call.host === host || rows.length === 1))
    }
  })
}

/** As it stands in the Host header. */
function hostOf (url: string): string {
  return URL.canParse(url) ? new URL(url).host : ''
}

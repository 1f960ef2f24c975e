import { request } from 'undici'
import { toBasic, type Credentials } from './credentials.ts'

/** What the service says of itself. */
export interface AskedService {
  modelVersion: string
  /** Why it cannot fill the labelling interface; empty where it can. */
  warnings: readonly string[]
}

/**
 * Asks the service itself, which is often, but not always reachable from here as it is from Label Studio.
 * @param address of the service
 * @param labelConfig the labelling interface to judge; '' for none
 * @param credentials that it asks for; null: none
 * @returns null where nothing answers, or something else does
 */
export async function askService (address: string, labelConfig: string, credentials: Credentials | null, timeoutMs = 3000): Promise<AskedService | null> {
  try {
    const answer = await request(`${address}/setup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(credentials !== null && { authorization: toBasic(credentials) }) },
      body: JSON.stringify({ schema: labelConfig }),
      signal: AbortSignal.timeout(timeoutMs)
    })
    if (answer.statusCode !== 200) {
      await answer.body.dump()
      return null
    }
    const { model_version: modelVersion, warnings } = await answer.body.json() as { model_version?: unknown, warnings?: unknown }
    if (typeof modelVersion !== 'string' || !Array.isArray(warnings)) return null
    return { modelVersion, warnings: warnings.map(String) }
  } catch {
    return null
  }
}

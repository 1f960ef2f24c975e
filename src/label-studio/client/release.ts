import type { LabelStudioClient } from './label-studio-client.ts'

/** The release of Label Studio, for example "1.23.2"; null where it is not said. @throws PoseError as LabelStudioClient.call */
export async function readRelease (client: LabelStudioClient): Promise<string | null> {
  const body = await client.call('GET', '/api/version') as { release?: unknown } | undefined
  return typeof body?.release === 'string' ? body.release : null
}

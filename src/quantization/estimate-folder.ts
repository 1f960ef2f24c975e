import { readFile } from 'node:fs/promises'
import { createPoseError } from '../errors.ts'
import { createPoseEngine } from '../inference/create-pose-engine.ts'
import type { PictureEstimate, PoseEngine } from '../inference/pose-engine.ts'
import { silentLog } from '../inference/silent-log.ts'
import type { WorkerSettings } from '../../workers/protocol.ts'

/** One thread with these networks, ready. @throws PoseError MODEL_BROKEN */
export async function startEngine (settings: WorkerSettings): Promise<PoseEngine> {
  const engine = createPoseEngine(settings, { workers: 1, log: silentLog })
  await engine.start()
  const { state, reason } = engine.status()
  if (state === 'ready') return engine
  await engine.close()
  throw createPoseError('MODEL_BROKEN', reason ?? state)
}

/**
 * What several engines make of the same pictures, each picture by all of them in turn, so that busy neighbours meet all.
 * @param onPicture told after each
 * @returns per picture that could be read one estimate per engine
 * @throws PoseError of an engine, but not of a picture; the signal's reason
 */
export async function estimateFolder (engines: readonly PoseEngine[], pictures: readonly string[], signal: AbortSignal, onPicture: (done: number, failed: string | null) => void): Promise<PictureEstimate[][]> {
  const rows: PictureEstimate[][] = []
  for (const [index, path] of pictures.entries()) {
    signal.throwIfAborted()
    const bytes = await readFile(path)
    try {
      const row: PictureEstimate[] = []
      for (const engine of engines) row.push(await engine.estimate(new Uint8Array(bytes), { boxSource: { kind: 'detector' }, priority: 'batch', signal }))
      rows.push(row)
      onPicture(index + 1, null)
    } catch (error) {
      if (!/IMAGE_/.test((error as { code?: string }).code ?? '')) throw error
      onPicture(index + 1, `${path}: ${(error as Error).message}`)
    }
  }
  return rows
}

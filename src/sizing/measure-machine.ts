import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { calibrationMs } from '../../models/measured-costs.ts'
import { createPoseError } from '../errors.ts'
import { createPoseEngine } from '../inference/create-pose-engine.ts'
import { silentLog } from '../inference/silent-log.ts'
import { locateModels } from '../model-store/locate-models.ts'
import { starterFolder } from '../starter-folder.ts'

/**
 * Runs the starter networks, which are always there, over their own picture.
 * @param seconds of measuring, after some pictures that warm up
 * @returns processor time of a picture here, over that on the machine of the table: above 1 is slower
 * @throws PoseError MODEL_*
 */
export async function measureMachine (seconds: number, signal: AbortSignal): Promise<number> {
  const bytes = await readFile(join(starterFolder(), 'figure.jpg'))
  const models = await locateModels({ mode: 'starter', modelDir: '', detectorModel: null, poseModel: null })
  const engine = createPoseEngine({ ...models, device: { name: 'cpu', index: 0 }, intraOpThreads: 1, confidenceThreshold: 0.3, detectorThreshold: null, maxPeople: 50, maxPixels: 1e8 }, { workers: 1, log: silentLog })
  try {
    await engine.start()
    const { state, reason } = engine.status()
    if (state !== 'ready') throw createPoseError('MODEL_BROKEN', reason ?? state)
    const estimate = async () => await engine.estimate(new Uint8Array(bytes), { boxSource: { kind: 'detector' }, priority: 'batch', signal })
    for (let i = 0; i < 10; i++) await estimate()
    const [before, end] = [process.cpuUsage(), performance.now() + seconds * 1000]
    let pictures = 0
    while (performance.now() < end || pictures < 10) {
      await estimate()
      pictures++
    }
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000 / pictures / calibrationMs
  } finally {
    await engine.close()
  }
}

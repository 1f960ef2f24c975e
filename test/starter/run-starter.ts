import { join } from 'node:path'
import { starterDetector, starterPose } from '../../models/registry/starter.ts'
import type { Person } from '../../models/person.ts'
import { starterFolder } from '../../src/starter-folder.ts'
import type { BoxSource, PictureResult, WorkerSettings } from '../../workers/protocol.ts'
import { startWorker } from '../../workers/start-worker.ts'
import { standardSettings } from '../factories/worker-settings.ts'

/** The embedded models as a worker gets them. */
export function starterSettings (confidenceThreshold: number): WorkerSettings {
  return {
    detector: { path: join(starterFolder(), starterDetector.file), sha256: starterDetector.sha256!, entry: starterDetector },
    pose: { path: join(starterFolder(), starterPose.file), sha256: starterPose.sha256!, entry: starterPose },
    ...standardSettings,
    confidenceThreshold,
    maxPeople: 1000
  }
}

export interface Starter {
  /** Poses of a picture file, points below the threshold left out; coordinates in its pixels. */
  poses (file: Uint8Array<ArrayBuffer>, boxSource?: BoxSource): Promise<{ people: Person[], width: number, height: number }>
  /** The detector's boxes alone, n x (x1, y1, x2, y2). */
  boxes (file: Uint8Array<ArrayBuffer>): Promise<number[][]>
}

/** The embedded models, run by the worker's own code in this process. @throws Error when they cannot be loaded */
export async function runStarter (confidenceThreshold: number): Promise<Starter> {
  const failures: string[] = []
  const handle = await startWorker(starterSettings(confidenceThreshold), (message) => { if (message.type === 'worker-broken') failures.push(message.message) })
  if (failures.length > 0) throw new Error(failures.join(' '))

  async function run (file: Uint8Array<ArrayBuffer>, boxSource: BoxSource, shareCrops: boolean): Promise<PictureResult> {
    const outcome = await handle({ kind: 'picture', bytes: file.slice(), boxSource, cancel: new SharedArrayBuffer(4), shareCrops })
    if (!outcome.ok) throw new Error(`${outcome.code} ${outcome.message}`)
    return outcome.value as PictureResult
  }

  return {
    async poses (file, boxSource = { kind: 'detector' }) {
      const result = await run(file, boxSource, false)
      if (result.stage !== 'done') throw new Error('crops were not to be shared')
      return result
    },
    async boxes (file) {
      const result = await run(file, { kind: 'detector' }, true)
      // With fewer than two boxes the picture is finished at once.
      if (result.stage === 'done') return result.people.map(({ bbox }) => [...bbox])
      return Array.from({ length: result.boxes.length / 5 }, (_, row) => [...result.boxes.subarray(row * 5, row * 5 + 4)])
    }
  }
}

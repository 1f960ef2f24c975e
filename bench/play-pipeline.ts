/** The pipeline without HTTP and downloads: encoded pictures from memory through the engine's threads. A contestant of bench/table.ts. */
import { readFileSync } from 'node:fs'
import { createPoseEngine } from '../src/inference/create-pose-engine.ts'
import { serveRounds } from './contestant.ts'
import { readModel } from './read-model.ts'
import { DETECTOR_THRESHOLD } from './sets.ts'
import { standardSettings } from '../test/factories/worker-settings.ts'

const silent = { info () {}, warn () {}, error (fields: object, message: string) { console.error(message, fields) } }
const { signal } = new AbortController()

serveRounds(async ({ detector, pose, pictures, workers }) => {
  const files = pictures.map((path) => new Uint8Array(readFileSync(path)))
  const engine = createPoseEngine({
    detector: readModel(detector),
    pose: readModel(pose),
    ...standardSettings,
    detectorThreshold: DETECTOR_THRESHOLD
  }, { workers, log: silent })
  await engine.start()
  const { state, reason } = engine.status()
  if (state !== 'ready') throw new Error(`the engine is ${state}: ${reason}`)
  let next = 0
  async function estimate () {
    return await engine.estimate(new Uint8Array(files[next++ % files.length]!), { boxSource: { kind: 'detector' }, priority: 'batch', signal })
  }
  for (let i = 0; i < workers * 4; i++) await estimate()
  return {
    async play (seconds) {
      const end = performance.now() + seconds * 1000
      const sums = { decode: 0, detect: 0, pose: 0 }
      let done = 0
      await Promise.all(Array.from({ length: workers * 4 }, async () => {
        while (performance.now() < end) {
          const { times } = await estimate()
          sums.decode += times.decodeMs
          sums.detect += times.detectMs
          sums.pose += times.poseMs
          done++
        }
      }))
      return { pictures: done, stages: { decode: sums.decode / done, detect: sums.detect / done, pose: sums.pose / done } }
    },
    end: () => engine.close()
  }
})

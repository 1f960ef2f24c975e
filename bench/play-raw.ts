/**
 * The limit: nothing but session.run of both networks on tensors made before. Lets the pipeline run once over the pictures, keeps what
 * it fed, and repeats only that. A contestant of bench/table.ts, one process per worker of the service.
 */
import { readFileSync } from 'node:fs'
import { Tensor, type InferenceSession } from 'onnxruntime-node'
import { createSession, type Session } from '../workers/session/create-session.ts'
import type { DetectorEntry, PoseEntry } from '../models/model-entry.ts'
import type { Role, WorkerSettings } from '../workers/protocol.ts'
import { startWorker } from '../workers/start-worker.ts'
import { serveRounds, type Order } from './contestant.ts'
import { readModel } from './read-model.ts'
import { DETECTOR_THRESHOLD } from './sets.ts'
import { standardSettings } from '../test/factories/worker-settings.ts'

interface Run { role: Role, session: Session, feeds: InferenceSession.FeedsType }

let fed: Run[] = []

/** A session that remembers. */
async function openListening (...args: Parameters<typeof createSession>): Promise<Session> {
  const session = await createSession(...args)
  const role = args[1]
  return new Proxy(session as InferenceSession, {
    get (target, key) {
      if (key !== 'run') {
        const value = Reflect.get(target, key) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      }
      return async (feeds: Record<string, Tensor>) => {
        const copy = Object.fromEntries(Object.entries(feeds).map(([name, { data, dims }]) => [name, new Tensor('float32', Float32Array.from(data as Float32Array), dims)]))
        fed.push({ role, session: target, feeds: copy })
        return await target.run(feeds)
      }
    }
  })
}

async function makeReady ({ detector, pose, pictures }: Order): Promise<Run[][]> {
  const settings: WorkerSettings = { detector: readModel<DetectorEntry>(detector), pose: readModel<PoseEntry>(pose), ...standardSettings, detectorThreshold: DETECTOR_THRESHOLD }
  const handle = await startWorker(settings, (message) => { if (message.type === 'worker-broken') throw new Error(message.message) }, openListening)
  const ready: Run[][] = []
  for (const path of pictures) {
    fed = []
    const outcome = await handle({ kind: 'picture', bytes: new Uint8Array(readFileSync(path)), boxSource: { kind: 'detector' }, cancel: new SharedArrayBuffer(4), shareCrops: false })
    if (!outcome.ok) throw new Error(`${path}: ${outcome.message}`)
    ready.push(fed)
  }
  return ready
}

serveRounds(async (order) => {
  const ready = await makeReady(order)
  return {
    async play (seconds) {
      const { pictures, detectMs, poseMs } = await play(ready, seconds)
      return { pictures, stages: { detect: detectMs / pictures, pose: poseMs / pictures } }
    },
    end: async () => {}
  }
})

async function play (ready: Run[][], seconds: number): Promise<{ pictures: number, detectMs: number, poseMs: number }> {
  const count = { pictures: 0, detectMs: 0, poseMs: 0 }
  const end = performance.now() + seconds * 1000
  for (let next = 0; performance.now() < end; next++) {
    for (const { role, session, feeds } of ready[next % ready.length]!) {
      const started = performance.now()
      await session.run(feeds)
      count[role === 'detector' ? 'detectMs' : 'poseMs'] += performance.now() - started
    }
    count.pictures++
  }
  return count
}

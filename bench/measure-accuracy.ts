import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { findModelBySha256 } from '../models/find-model.ts'
import type { DetectorEntry, PoseEntry } from '../models/model-entry.ts'
import { parseModelEntry } from '../models/parse-model-entry.ts'
import type { PictureResult, WorkerSettings } from '../workers/protocol.ts'
import { startWorker } from '../workers/start-worker.ts'
import { oksOfPhoto, type LabelledPhoto } from './labelled-photos.ts'
import { dirname, join } from 'node:path'

export interface Accuracy {
  meanOks: number
  /** Share of the labelled persons with an OKS above 0.5. */
  found: number
  persons: number
  /** Of all photos, after suppression and filter. */
  peopleFound: number
  photosWithoutPeople: number
  milliseconds: number
}

export interface AccuracyOptions { confidenceThreshold: number, detectorThreshold?: number | null, channelOrder?: 'rgb' | 'bgr', keepDuplicates?: boolean }

/** Runs the worker's own code from end to end over labelled photos. */
export async function measureAccuracy (photos: readonly LabelledPhoto[], detectorPath: string, posePath: string, options: AccuracyOptions): Promise<Accuracy> {
  const pose = locate<PoseEntry>(posePath)
  if (options.channelOrder !== undefined && pose.entry !== null) pose.entry = { ...pose.entry, channelOrder: options.channelOrder }
  const settings: WorkerSettings = {
    detector: locate<DetectorEntry>(detectorPath),
    pose,
    device: { name: 'cpu', index: 0 },
    intraOpThreads: 1,
    confidenceThreshold: options.confidenceThreshold,
    detectorThreshold: options.detectorThreshold ?? null,
    maxPeople: 50,
    maxPixels: 1e8
  }
  let broken: string | null = null
  const handle = await startWorker(settings, (message) => { if (message.type === 'worker-broken') broken = message.message })
  if (broken !== null) throw new Error(broken)
  const scores: number[] = []
  let peopleFound = 0
  let photosWithoutPeople = 0
  const start = performance.now()
  for (const photo of photos) {
    const outcome = await handle({ kind: 'picture', bytes: new Uint8Array(readFileSync(photo.path)), boxSource: { kind: 'detector' }, cancel: new SharedArrayBuffer(4), shareCrops: false })
    if (!outcome.ok) throw new Error(`${photo.name}: ${outcome.code} ${outcome.message}`)
    const { people, width, height } = outcome.value as Extract<PictureResult, { stage: 'done' }>
    scores.push(...oksOfPhoto(photo, people, width, height))
    peopleFound += people.length
    if (people.length === 0) photosWithoutPeople++
  }
  const sum = scores.reduce((total, score) => total + score, 0)
  return {
    meanOks: sum / scores.length,
    found: scores.filter((score) => score > 0.5).length / scores.length,
    persons: scores.length,
    peopleFound,
    photosWithoutPeople,
    milliseconds: performance.now() - start
  }
}

/** An .onnx (known to the registry, or read from its graph) or a .json that describes one beside it. */
function locate<Entry extends DetectorEntry | PoseEntry> (path: string): { path: string, sha256: string, entry: Entry | null } {
  const described = path.endsWith('.json') ? parseModelEntry(JSON.parse(readFileSync(path, 'utf8'))) : null
  const file = described === null ? path : join(dirname(path), described.file)
  const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex')
  return { path: file, sha256, entry: (described ?? findModelBySha256(sha256)) as Entry | null }
}

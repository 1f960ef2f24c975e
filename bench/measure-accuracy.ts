import { readFileSync } from 'node:fs'
import type { DetectorEntry, PoseEntry } from '../models/model-entry.ts'
import { filterPoints } from '../models/people/filter-points.ts'
import type { PictureResult, WorkerSettings } from '../workers/protocol.ts'
import { startWorker } from '../workers/start-worker.ts'
import { oksOfPhoto, type LabelledPhoto } from './labelled-photos.ts'
import { readModel } from './read-model.ts'
import { standardSettings } from '../test/factories/worker-settings.ts'

export interface Accuracy {
  confidenceThreshold: number
  meanOks: number
  /** Share of the labelled persons with an OKS above 0.5. */
  found: number
  /** Labelled persons that count. */
  persons: number
  /** In all photos. */
  peopleFound: number
  photosWithoutPeople: string[]
}

/** Runs the worker's own code from end to end over labelled photos, once for all thresholds. */
export async function measureAccuracy (photos: readonly LabelledPhoto[], detectorPath: string, posePath: string, confidenceThresholds: readonly number[]): Promise<Accuracy[]> {
  const settings: WorkerSettings = {
    detector: readModel<DetectorEntry>(detectorPath),
    pose: readModel<PoseEntry>(posePath),
    ...standardSettings,
    confidenceThreshold: 0,
    maxPeople: 1000
  }
  let broken: string | null = null
  const handle = await startWorker(settings, (message) => { if (message.type === 'worker-broken') broken = message.message })
  if (broken !== null) throw new Error(broken)
  const tallies = confidenceThresholds.map((confidenceThreshold) => ({ confidenceThreshold, scores: [] as number[], peopleFound: 0, photosWithoutPeople: [] as string[] }))
  for (const photo of photos) {
    const outcome = await handle({ kind: 'picture', bytes: new Uint8Array(readFileSync(photo.path)), boxSource: { kind: 'detector' }, cancel: new SharedArrayBuffer(4), shareCrops: false })
    if (!outcome.ok) throw new Error(`${photo.name}: ${outcome.code} ${outcome.message}`)
    const { people, width, height } = outcome.value as Extract<PictureResult, { stage: 'done' }>
    for (const tally of tallies) {
      // The worker's last step filters after the suppression, so that one run serves every threshold.
      const shown = people.map((person) => filterPoints(person, tally)).filter((person) => person !== null)
      tally.scores.push(...oksOfPhoto(photo, shown, width, height))
      tally.peopleFound += shown.length
      if (shown.length === 0) tally.photosWithoutPeople.push(photo.name)
    }
  }
  return tallies.map(({ scores, ...tally }) => ({
    ...tally,
    meanOks: scores.reduce((total, score) => total + score, 0) / scores.length,
    found: scores.filter((score) => score > 0.5).length / scores.length,
    persons: scores.length
  }))
}

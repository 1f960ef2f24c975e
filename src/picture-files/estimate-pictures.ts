import { access, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { anySignal } from '../any-signal.ts'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import { createPoseError, isPoseError } from '../errors.ts'
import { faultOfName } from '../exports/fault-of-name.ts'
import type { PoseEngine } from '../inference/pose-engine.ts'
import { inLanes } from '../inference/in-lanes.ts'
import type { FoundFile } from './list-pictures.ts'
import { peopleOfRecord, toPictureRecord, type PictureRecord } from './picture-record.ts'
import type { ProblemList } from './problem-list.ts'
import { readPictureFile } from './read-picture-file.ts'
import type { RecordStore } from './record-store.ts'
import { replaceDeepFile } from './replace-deep-file.ts'

export const drawingsFolder = 'drawn'

export interface EstimatePicturesOptions {
  engine: Pick<PoseEngine, 'estimate' | 'draw'>
  set: KeypointSet
  modelVersion: string
  records: RecordStore
  problems: ProblemList
  /** Folder of the run. */
  out: string
  /** Whether the pictures are drawn with their people. */
  draws: boolean
  /** Largest picture file. */
  maxBytes: number
  /** Most pictures in hand at once. */
  atOnce: number
  /** Stops before the next picture; what is in hand is left for a further run. */
  signal: AbortSignal
  /** After each picture. */
  onProgress: (counts: EstimateCounts) => void
}

export interface EstimateCounts {
  /** Pictures with a record, kept ones included. */
  done: number
  /** Of them, those that an earlier run has left. */
  kept: number
  failed: number
  people: number
  points: number
}

/** Long enough to see a face on a group photo, and what `check` draws. */
const maxSide = 1600
/** What one picture can be to blame for; anything else ends the run. */
const ofPicture = /^(IMAGE_\w+|FILE_UNREADABLE|INFERENCE_FAILED|WORKER_DIED)$/

/**
 * Makes the records of all pictures, and their drawings. What is there already for the same file and the same models is kept.
 * @returns the counts, also when the signal has stopped it
 * @throws PoseError MODEL_BROKEN and others that are no picture's; Error of the file system
 */
export async function estimatePictures (files: AsyncIterable<FoundFile>, options: EstimatePicturesOptions): Promise<EstimateCounts> {
  const { engine, set, modelVersion, records, problems, out, draws } = options
  const fault = new AbortController()
  const signal = anySignal([options.signal, fault.signal])
  const counts: EstimateCounts = { done: 0, kept: 0, failed: 0, people: 0, points: 0 }

  async function estimate (file: FoundFile): Promise<void> {
    if ('fault' in file) throw createPoseError('FILE_UNREADABLE', `${file.name}: ${file.fault}`)
    const known = await records.find(file)
    const drawing = join(out, drawingsFolder, `${file.name}.jpg`)
    if (known !== null && (!draws || await isThere(drawing))) {
      counts.kept++
      count(known)
      return
    }
    // Should the picture fail now, nothing shall tell of how it was.
    if (known === null) await Promise.all([records.forget(file.name), rm(drawing, { force: true })])
    const bytes = await readPictureFile(file, options.maxBytes, signal)
    const record = known ?? toPictureRecord(file, await engine.estimate(bytes, { boxSource: { kind: 'detector' }, priority: 'batch', signal }), set, modelVersion)
    // The record comes last: where it is, its drawing is, or there is none.
    if (draws) await replaceDeepFile(drawing, await engine.draw(bytes, peopleOfRecord(record), { maxSide, format: 'jpeg', signal }))
    if (known === null) await records.keep(record)
    count(record)
  }

  function count ({ people }: PictureRecord): void {
    counts.done++
    counts.people += people.length
    counts.points += people.reduce((sum, { points }) => sum + points.length, 0)
  }

  await inLanes(files, options.atOnce, async (file) => {
    if (signal.aborted) return
    try {
      await estimate(file)
    } catch (error) {
      if (signal.aborted) return
      const { code } = error as NodeJS.ErrnoException
      // A name may fit its folder but not ours: the ending makes it too long, or a file has the name of a folder.
      const isOfPicture = isPoseError(error) ? ofPicture.test(error.errorName) : faultOfName(error) !== null
      if (!isOfPicture) {
        // The others end as after a stop, so that nothing is in hand when this is told.
        fault.abort(error)
        return
      }
      counts.failed++
      await problems.add(file.name, code!, isPoseError(error) ? error.message : `No result can be written under this name (${code}). Rename the picture.`)
    }
    options.onProgress(counts)
  })
  if (fault.signal.aborted) throw fault.signal.reason
  return counts
}

async function isThere (path: string): Promise<boolean> {
  return await access(path).then(() => true, () => false)
}

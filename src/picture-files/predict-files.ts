import { keypointSets } from '../../models/keypoint-sets.ts'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { ModelsTogether } from '../prediction/put-models-together.ts'
import { estimatePictures, type EstimateCounts, type EstimatePicturesOptions } from './estimate-pictures.ts'
import type { FoundFile } from './list-pictures.ts'
import type { PoseFormat } from './pose-format.ts'
import { createProblemList } from './problem-list.ts'
import { createRecordStore } from './record-store.ts'
import { writeManifest } from './run-manifest.ts'
import { stageFormats, writeFormats } from './write-formats.ts'

export interface PredictFilesOptions extends Pick<EstimatePicturesOptions, 'out' | 'draws' | 'maxBytes' | 'atOnce' | 'signal' | 'onProgress'> {
  /** Every picture, as often as it is asked. */
  files: () => AsyncIterable<FoundFile>
  /** How many they were when they were counted. */
  total: number
  /** Folder that their names begin in. */
  root: string
  /** The engine has a worker that is ready. */
  models: ModelsTogether
  /** What is written of all pictures together. @throws ExportFault, PoseError when the model does not go with it */
  formats: (set: KeypointSet, modelVersion: string) => PoseFormat[]
  /** Told of each problem. */
  onProblem: (line: string) => void
  /** After each picture that the formats have passed. */
  onWritten: (pictures: number) => void
}

export interface RunSummary extends EstimateCounts {
  total: number
  /** Pictures that the run has not come to because it was stopped. */
  missing: number
  /** Rows of problems.csv. */
  problems: number
}

/**
 * Estimates pictures and writes what is known of them: first each picture's own record, then all formats from the records, also
 * after a stop, so that they hold what there is.
 * @throws ExportFault, PoseError, Error of the file system; the signal's reason when it comes while formats are written
 */
export async function predictFiles ({ files, total, root, out, models, formats, onProblem, onWritten, ...options }: PredictFilesOptions): Promise<RunSummary> {
  const { engine, modelVersion } = models
  const set = keypointSets[engine.status().pose!.keypointSet]
  const staged = await stageFormats(out, formats(set, modelVersion))
  const problems = await createProblemList(out, onProblem)
  try {
    const records = createRecordStore(out, modelVersion)
    const counts = await estimatePictures(files(), { ...options, engine, set, modelVersion, records, problems, out })
    const seen = counts.done + counts.failed
    // Without a stop all were seen; the folder may have changed since they were counted.
    const missing = options.signal.aborted ? Math.max(0, total - seen) : 0
    const facts = { modelVersion, keypointSet: set.id, pictures: counts.done, failed: counts.failed, missing, people: counts.people, points: counts.points }
    if (counts.done > 0 && staged.length > 0) {
      // After a stop they are what makes it usable: only another one ends them.
      const signal = options.signal.aborted ? null : options.signal
      await writeFormats(files(), staged, { records, problems, facts: { root, ...facts }, signal, onProgress: onWritten })
    }
    await writeManifest(out, { root, complete: missing === 0 && counts.failed === 0 }, facts)
    return { ...counts, total: seen + missing, missing, problems: problems.count }
  } finally {
    await problems.close()
    for (const { folder } of staged) await folder.discard()
  }
}

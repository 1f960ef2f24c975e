import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { findModelBySha256 } from '../../models/find-model.ts'
import type { DetectorEntry, ModelEntry, PoseEntry } from '../../models/model-entry.ts'
import { modelsOfMode } from '../../models/models-of-mode.ts'
import type { Mode } from '../../models/modes.ts'
import { parseModelEntry } from '../../models/parse-model-entry.ts'
import type { LocatedModel } from '../../workers/protocol.ts'
import { createPoseError, type PoseError } from '../errors.ts'
import { folderOf } from './folder-of.ts'
import { knownSha256, type HashMemory } from './known-sha256.ts'
import { LOCK_FILE, readPins, type Pin } from './pinned-hashes.ts'

export interface LocateOptions {
  mode: Mode
  /** Id of another detector than the mode's; absent or null: the mode's. */
  detector?: string | null
  modelDir: string
  /** Own .onnx or .json, null = the mode's. */
  detectorModel: string | null
  poseModel: string | null
  /** Remembers the hashes of large files; absent or null: each start reads every file. */
  mapped?: HashMemory | null
}

export interface LocatedModels {
  detector: LocatedModel<DetectorEntry>
  pose: LocatedModel<PoseEntry>
}

type Task = ModelEntry['task']
type EntryOf<T extends Task> = Extract<ModelEntry, { task: T }>

/**
 * Finds both model files and checks them against what is known of them.
 * @throws PoseError MODEL_MISSING with what is expected where and its addresses, of both files when both are missing;
 *   MODEL_BROKEN when a file is not what it should be
 */
export async function locateModels ({ mode, detector: choice = null, modelDir, detectorModel, poseModel, mapped: memory = null }: LocateOptions): Promise<LocatedModels> {
  const wanted = modelsOfMode(mode, choice)
  const [detector, pose] = await Promise.allSettled([
    detectorModel === null ? locateRegistered(wanted.detector, modelDir, mode, memory) : locateOwn('detector', 'DETECTOR_MODEL', detectorModel, memory),
    poseModel === null ? locateRegistered(wanted.pose, modelDir, mode, memory) : locateOwn('pose', 'POSE_MODEL', poseModel, memory)
  ])
  if (detector.status === 'fulfilled' && pose.status === 'fulfilled') return { detector: detector.value, pose: pose.value }
  throw joinFailures([detector, pose].flatMap((result) => result.status === 'rejected' ? [result.reason] : []))
}

export interface MissingModels {
  /** The files that are missing, when all of them can be downloaded; otherwise none. */
  downloads: readonly ModelEntry[]
  /** What to do, without the table's sentence around it. */
  remedy: string
}

/** What a MODEL_MISSING of locateModels knows beside its sentence. */
export function missingModels (error: unknown): MissingModels | null {
  return error instanceof Error && 'downloads' in error && 'remedy' in error ? error as PoseError & MissingModels : null
}

/** Two missing files are one errand: whoever gets the first one must not learn of the second afterwards. */
function joinFailures (reasons: unknown[]): unknown {
  const missing = reasons.filter((reason) => reason instanceof MissingFile)
  const other = reasons.find((reason) => !(reason instanceof MissingFile))
  if (other !== undefined) return other
  const registered = missing.flatMap(({ entry }) => entry === null ? [] : [entry])
  const remedy = missing.map(({ message }) => message).join(' ') + (registered.length > 0 ? describeErrand(registered) : '')
  const entries = registered.filter(({ addresses }) => addresses.length > 0)
  // Where somebody has named one of them, the other alone would not help.
  return Object.assign(createPoseError('MODEL_MISSING', remedy), { downloads: entries.length === missing.length ? entries : [], remedy } satisfies MissingModels)
}

/** Becomes MODEL_MISSING once it is known how many there are. */
class MissingFile extends Error {
  readonly entry: ModelEntry | null
  /** @param entry of the registry; null: a file that somebody has named */
  constructor (message: string, entry: ModelEntry | null) {
    super(message)
    this.entry = entry
  }
}

async function locateRegistered<Entry extends ModelEntry> (entry: Entry, modelDir: string, mode: Mode, memory: HashMemory | null): Promise<LocatedModel<Entry>> {
  const folder = folderOf(entry, modelDir)
  const path = join(folder, entry.file)
  if (!await isFile(path)) {
    throw new MissingFile(`MODE=${mode} needs ${entry.title}, expected at ${path}.`, entry)
  }
  const pin = entry.sha256 === null ? (await readPins(folder))[entry.file] : undefined
  return { path, sha256: await verify(path, entry, memory, pin), entry }
}

/** The whole errand in one sentence: nobody reads addresses of two files in two places each. */
function describeErrand (entries: readonly ModelEntry[]): string {
  const variables = entries.map(({ task }) => task === 'detector' ? 'DETECTOR_MODEL' : 'POSE_MODEL').join(' and ')
  const own = `name ${entries.length === 1 ? 'an own file' : 'own files'} in ${variables}.`
  if (entries.some(({ addresses }) => addresses.length === 0)) return ` Put ${entries.length === 1 ? 'it' : 'them'} there, or ${own}`
  return ` Run "npx label-studio-rtmpose models pull ${entries.map(({ id }) => id).join(' ')}" where there is internet and copy the ${entries.length === 1 ? 'file' : 'files'} there (addresses for doing it by hand: docs/models.md), or ${own}`
}

async function locateOwn<T extends Task> (task: T, variable: string, path: string, memory: HashMemory | null): Promise<LocatedModel<EntryOf<T>>> {
  const file = resolve(path)
  if (!await isFile(file)) throw new MissingFile(`${variable} names ${file}, which is not there. Correct the path, or leave ${variable} empty to use MODE.`, null)
  if (file.toLowerCase().endsWith('.json')) return await locateDescribed(task, variable, file, memory)
  const sha256 = await knownSha256(file, memory)
  return { path: file, sha256, entry: asTask(task, variable, findModelBySha256(sha256)) }
}

/** A .json in the registry's schema; the .onnx lies beside it. */
async function locateDescribed<T extends Task> (task: T, variable: string, file: string, memory: HashMemory | null): Promise<LocatedModel<EntryOf<T>>> {
  let entry: EntryOf<T> | null
  try {
    entry = asTask(task, variable, parseModelEntry(JSON.parse(await readFile(file, 'utf8'))))
  } catch (error) {
    if (error instanceof Error && 'errorName' in error) throw error
    throw createPoseError('MODEL_BROKEN', `${variable}: ${basename(file)}: ${(error as Error).message}`)
  }
  const path = resolve(dirname(file), entry!.file)
  if (!await isFile(path)) throw new MissingFile(`${basename(file)} names ${path}, which is not there. Put the file there or correct "file".`, null)
  return { path, sha256: await verify(path, entry!, memory), entry }
}

function asTask<T extends Task> (task: T, variable: string, entry: ModelEntry | null): EntryOf<T> | null {
  if (entry === null || entry.task === task) return entry as EntryOf<T> | null
  throw createPoseError('MODEL_BROKEN', `${variable} needs a ${task} model, but ${entry.title} is a ${entry.task} model`)
}

/** @param pin what a file of unknown hash was when it was downloaded */
async function verify (path: string, { bytes, sha256 }: ModelEntry, memory: HashMemory | null, pin?: Pin): Promise<string> {
  const { size } = await stat(path)
  // The size is known at once and names the usual damage, a download that broke off.
  if (bytes !== null && size !== bytes) throw createPoseError('MODEL_BROKEN', `${path} has ${size} bytes instead of ${bytes}: it is damaged or another file`)
  const actual = await knownSha256(path, memory)
  if (sha256 !== null && actual !== sha256) throw createPoseError('MODEL_BROKEN', `${path} has the SHA-256 ${actual} instead of ${sha256}: it is damaged or another file`)
  if (pin !== undefined && actual !== pin.sha256) {
    throw createPoseError('MODEL_BROKEN', `${path} has the SHA-256 ${actual} instead of ${pin.sha256}, which was downloaded on ${pin.date.slice(0, 10)}: it is damaged or another file; if you have replaced it yourself, take its entry out of ${LOCK_FILE}`)
  }
  return actual
}

async function isFile (path: string): Promise<boolean> {
  return await stat(path).then((entry) => entry.isFile(), () => false)
}

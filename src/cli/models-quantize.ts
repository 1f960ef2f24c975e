import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { cpus } from 'node:os'
import { extname, join, resolve } from 'node:path'
import { keypointSets } from '../../models/keypoint-sets.ts'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import { pointThreshold } from '../../models/people/point-threshold.ts'
import type { Role, WorkerSettings } from '../../workers/protocol.ts'
import { loadConfig } from '../config.ts'
import { withFolderLock } from '../folder-lock.ts'
import { locateModels, type LocatedModels } from '../model-store/locate-models.ts'
import { keepQuantizedCopy, quantizedFolder, type QuantizedCopy } from '../model-store/quantized-copy.ts'
import { pictureEndings } from '../picture-files/picture-endings.ts'
import { chooseCopy, type Limits, type Trial } from '../quantization/choose-copy.ts'
import { estimateFolder, startEngine } from '../quantization/estimate-folder.ts'
import { QuantizerFault } from '../quantization/quantizer-fault.ts'
import { prepareQuantizer } from '../quantization/prepare-quantizer.ts'
import { CliError, type Command, type Terminal } from './command.ts'
import { parseOptions } from './parse-options.ts'
import { untilStopped } from './until-stopped.ts'

/** Begins the name of a folder of recordings and trials, which may take a gigabyte. */
const workPrefix = 'work-'

/** Makes, judges and keeps int8 copies of the networks in use. */
export const modelsQuantize: Command = {
  usage: '--pictures <folder> [--most 200] [--only detector|pose] [--least-oks 0.95] [--most-missed 0.03] [--least-gain 1.05] [--python python3]',
  summary: 'Writes int8 copies of the networks of MODE (or DETECTOR, DETECTOR_MODEL, POSE_MODEL), calibrated on your own pictures and compared with the originals on them; PRECISION=int8 uses the good ones. Needs Python.',
  async run (args, terminal) {
    const options = readOptions(args)
    try {
      return await untilStopped(terminal, (signal) => quantize(options, terminal, signal), 'Stopped. Copies that were kept before stay.')
    } catch (error) {
      throw error instanceof QuantizerFault ? new CliError(error.message) : error
    }
  }
}

async function quantize (options: Options, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const config = loadConfig()
  const models = await locateModels(config)
  const settings: WorkerSettings = {
    detector: models.detector,
    pose: models.pose,
    device: { name: 'cpu', index: 0 },
    intraOpThreads: 1,
    confidenceThreshold: pointThreshold(config.confidenceThreshold, models.pose.entry),
    detectorThreshold: config.detectorThreshold,
    maxPeople: config.maxPeople,
    maxPixels: config.maxPixels
  }
  const pictures = await choosePictures(options.pictures, options.most)
  signal.addEventListener('abort', () => { terminal.note('Stopping. Ctrl-C once more ends at once.') }, { once: true })
  await alone(quantizedFolder(config.modelDir), terminal, signal, async (signal) => { await makeCopies({ settings, models, pictures, options, modelDir: config.modelDir }, terminal, signal) })
  return 0
}

/**
 * One run at a time in the folder: two would spoil each other's times, and what one that was killed has left could not be told from the
 * work of another.
 */
async function alone (folder: string, terminal: Terminal, signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  await mkdir(folder, { recursive: true })
  let isTold = false
  const onWait = async (): Promise<false> => {
    if (!isTold) terminal.note(`Another run works in ${folder}: waiting for its end.`)
    isTold = true
    return false
  }
  await withFolderLock(folder, { name: '.quantize.lock', signal, onWait }, async (held) => {
    try {
      await work(held)
    } catch (error) {
      throw held.aborted && !signal.aborted ? new QuantizerFault(`Another run has taken ${folder} over, as after the machine has slept: run the command again.`) : error
    }
  })
}

interface Order { settings: WorkerSettings, models: LocatedModels, pictures: readonly string[], options: Options, modelDir: string }

async function makeCopies ({ settings, models, pictures, options, modelDir }: Order, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const folder = quantizedFolder(modelDir)
  // The lock of the folder is held, so nobody works in them any more.
  for (const name of await readdir(folder)) if (name.startsWith(workPrefix)) await rm(join(folder, name), { recursive: true, force: true })
  const quantizer = await prepareQuantizer(folder, options.python, terminal.note, signal)
  const work = await mkdtemp(join(folder, workPrefix))
  try {
    terminal.note(`Recording what the networks are fed on ${pictures.length} pictures ...`)
    const keypointSet = await record({ ...settings, recordInputs: join(work, 'inputs') }, pictures, terminal, signal)
    for (const role of options.roles) {
      const trials = chooseCopy({ role, settings, pictures, keypointSet, quantizer, tensors: join(work, 'inputs'), work, limits: options.limits, signal, onPicture: progressOf(terminal, role, pictures.length) })
      let result = await trials.next()
      for (; !result.done; result = await trials.next()) terminal.note(`${role}: ${describe(result.value)}`)
      terminal.progress('')
      const { best, refused } = result.value
      const copy = toFacts(role, models[role], best, refused)
      await keepQuantizedCopy(modelDir, copy, refused === null ? best.path : null)
      terminal.print(refused === null ? `${role}: kept, ${describe(best)}` : `${role}: refused, ${refused}`)
    }
  } finally {
    terminal.progress('')
    await rm(work, { recursive: true, force: true })
  }
}

interface Options { pictures: string, most: number, roles: Role[], limits: Limits, python: string }

function readOptions (args: readonly string[]): Options {
  const values: Record<string, string | undefined> = parseOptions(args, {
    pictures: { type: 'string' },
    most: { type: 'string', default: '200' },
    only: { type: 'string' },
    'least-oks': { type: 'string', default: '0.95' },
    'most-missed': { type: 'string', default: '0.03' },
    'least-gain': { type: 'string', default: '1.05' },
    python: { type: 'string', default: 'python3' }
  })
  const number = (name: string, least: number, most: number): number => {
    const value = Number(values[name])
    if (!(value >= least && value <= most)) throw new CliError(`--${name} ${values[name]} is not valid: a number from ${least} to ${most} is.`)
    return value
  }
  const { pictures, only } = values
  if (pictures === undefined) throw new CliError('--pictures <folder> is missing: pictures like those you will annotate, some dozens or more, with people on them.')
  if (only !== undefined && only !== 'detector' && only !== 'pose') throw new CliError(`--only ${only} is not valid: detector or pose is.`)
  return {
    pictures: resolve(pictures),
    most: Math.floor(number('most', 1, 10_000)),
    roles: only === undefined ? ['detector', 'pose'] : [only],
    limits: { leastOks: number('least-oks', 0, 1), mostMissed: number('most-missed', 0, 1), leastGain: number('least-gain', 0, 100) },
    python: values['python']!
  }
}

/** At most `most` of a folder's pictures, evenly over their names. */
async function choosePictures (folder: string, most: number): Promise<string[]> {
  if (!await stat(folder).then((entry) => entry.isDirectory(), () => false)) throw new CliError(`--pictures ${folder} is no folder.`)
  const names = (await readdir(folder)).filter((name) => pictureEndings.has(extname(name).toLowerCase())).sort()
  if (names.length === 0) throw new CliError(`There is no picture in ${folder} (${[...pictureEndings].join(', ')}).`)
  const count = Math.min(most, names.length)
  return Array.from({ length: count }, (_, index) => join(folder, names[Math.floor(index * names.length / count)]!))
}

/** Runs the originals once, writing their inputs. */
async function record (settings: WorkerSettings, pictures: readonly string[], terminal: Terminal, signal: AbortSignal): Promise<KeypointSet> {
  const engine = await startEngine(settings)
  try {
    const showDone = progressOf(terminal, 'recording', pictures.length)
    const rows = await estimateFolder([engine], pictures, signal, (done, failed) => {
      showDone(done)
      if (failed !== null) terminal.note(`Left out ${failed}`)
    })
    if (!rows.some(([estimate]) => estimate!.people.length > 0)) throw new CliError('No person was found on the pictures, so the pose network cannot be calibrated: choose others.')
    return keypointSets[engine.status().pose!.keypointSet]
  } finally {
    await engine.close()
  }
}

function progressOf (terminal: Terminal, what: string, of: number): (done: number) => void {
  return (done) => { if (terminal.columns > 0) terminal.progress(`${what}: picture ${done} of ${of}`) }
}

function describe ({ comparison, timesFaster, recipe, bytes }: Trial): string {
  const kept = [recipe.convolutions ? 'convolutions alone' : 'all layers', ...recipe.fp32Last > 0 ? [`first ${recipe.fp32First} and last ${recipe.fp32Last} in fp32`] : [], ...recipe.weights === 'signed' ? [] : [{ 'seven-bits': '7-bit weights', unsigned: 'unsigned weights' }[recipe.weights]]].join(', ')
  return `${kept}: OKS ${comparison.oks.toFixed(4)} against fp32 over ${comparison.people} people, ${percent(comparison.missed)} missed, ${percent(comparison.added)} added, ${timesFaster.toFixed(2)} times as fast, ${(bytes / 1e6).toFixed(1)} MB`
}

function percent (share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

function toFacts (role: Role, original: { sha256: string, entry: { title: string } | null }, best: Trial, refused: string | null): QuantizedCopy {
  const { comparison, recipe, sha256, bytes, timesFaster, pictures } = best
  return {
    role,
    original: original.sha256,
    title: original.entry?.title ?? role,
    copy: refused === null ? { sha256, bytes } : null,
    refused,
    recipe: Object.entries(recipe).filter(([, chosen]) => chosen).map(([name, chosen]) => `${name} ${chosen}`),
    pictures,
    ...comparison,
    timesFaster,
    processor: cpus()[0]?.model ?? process.arch
  }
}

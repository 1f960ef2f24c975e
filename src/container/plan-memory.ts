import { commonMemory, costOfMode, type ModeCost } from '../../models/measured-costs.ts'
import type { Mode } from '../../models/modes.ts'
import { answersAtOnce } from '../answers-at-once.ts'
import { picturesPerWorker } from '../pictures-per-worker.ts'
import { roomInPictures } from '../room-in-pictures.ts'
import { countWorkers } from './count-workers.ts'
import type { Machine } from './read-machine.ts'
import { toGibibytes } from './to-gibibytes.ts'

/** Settings that memory decides over; null: not set, so they are derived. */
export interface WantedMemory extends Record<keyof Budgets, number | null> {
  workers: number | null
  /** Pictures fetched at once (DOWNLOADS): not derived, but it decides over how many files are held. */
  downloads: number
}

export interface ModelFacts {
  mode: Mode
  /** Both networks are the user's own: nothing is known of their memory. */
  areOwn: boolean
  /** Copies of the networks that all workers share are wanted. */
  isMapped: boolean
  /** They lie in MODEL_DIR already. */
  hasCopies: boolean
}

export interface MemoryPlan extends Budgets {
  workers: number
  /** What all of it takes when everything is full, in MiB. */
  fullMiB: number
  /** What it takes without a request. */
  idleMiB: number
  /** What decided over the number of workers. */
  workersBy: 'WORKERS' | 'cores' | 'memory'
  /** Why it does not fit, and what to do; null: it fits. */
  misfit: { sentence: string, isSure: boolean } | null
}

/** What is derived, as the configuration calls it: where memory is plenty, and at least. */
const plenty = { cacheMB: 64, maxBodyMB: 256, maxAnswerMB: 256, maxMegapixels: 100, downloadMaxMB: 50 } as const
const least = { cacheMB: 8, maxBodyMB: 18, maxAnswerMB: 16, maxMegapixels: 25, downloadMaxMB: 10 } as const
type Budgets = Record<keyof typeof plenty, number>
const names: Record<keyof Budgets, string> = { cacheMB: 'CACHE_MB', maxBodyMB: 'MAX_BODY_MB', maxAnswerMB: 'MAX_ANSWER_MB', maxMegapixels: 'MAX_MEGAPIXELS', downloadMaxMB: 'DOWNLOAD_MAX_MB' }
const keys = Object.keys(plenty) as Array<keyof Budgets>

/** DOWNLOADS where it is not set. */
export const usualDownloads = 8
/** Nothing is set. */
export const allDerived: WantedMemory = { workers: null, cacheMB: null, maxBodyMB: null, maxAnswerMB: null, maxMegapixels: null, downloadMaxMB: null, downloads: usualDownloads }

/** The body budget holds so many of the largest. */
const bodiesAtOnce = 2
/** Left to the system and to what no figure covers. */
const reservedShare = 0.1

/**
 * Derives workers and bounds from the memory and the cores: as many workers as cores, fewer where the memory does not hold them with
 * the least bounds; then the bounds grow with what is left. What is set stays as it is.
 */
export function planMemory (wanted: WantedMemory, model: ModelFacts, machine: Machine): MemoryPlan {
  const memoryMiB = machine.memoryBytes / 2 ** 20
  const usableMiB = memoryMiB * (1 - reservedShare)
  const { downloads } = wanted
  const [floor, ceiling] = [fill(wanted, (key) => least[key]), fill(wanted, (key) => plenty[key])]
  const fits = (workers: number) => startMiB(model, workers) <= memoryMiB && idleMiB(model, workers) + budgetsMiB({ workers, downloads }, floor) <= usableMiB
  const workers = wanted.workers ?? Math.max(1, mostThatFit(machine.cores, fits))
  const idle = idleMiB(model, workers)
  const leastMiB = budgetsMiB({ workers, downloads }, floor)
  const growth = budgetsMiB({ workers, downloads }, ceiling) - leastMiB
  const share = growth === 0 ? 1 : Math.max(0, Math.min(1, (usableMiB - idle - leastMiB) / growth))
  const budgets = fill(wanted, (key) => Math.floor(floor[key] + share * (ceiling[key] - floor[key])))
  const fullMiB = idle + budgetsMiB({ workers, downloads }, budgets)
  return {
    workers,
    ...budgets,
    idleMiB: Math.round(idle),
    fullMiB: Math.round(fullMiB),
    workersBy: wanted.workers !== null ? 'WORKERS' : workers === machine.cores ? 'cores' : 'memory',
    misfit: findMisfit({ wanted, model, machine, workers, fullMiB })
  }
}

function mostThatFit (most: number, fits: (workers: number) => boolean): number {
  for (let workers = most; workers > 0; workers--) {
    if (fits(workers)) return workers
  }
  return 0
}

/** A worker that is alone writes no copies, so it maps only what another start has left. */
function isMapped (model: ModelFacts, workers: number): boolean {
  return costOf(model).mappedMiB > 0 && model.isMapped && (workers > 1 || model.hasCopies)
}

/** What the system cannot take back: with less, the kernel ends the process. */
function anonymousMiB (model: ModelFacts, workers: number): number {
  const { workerMiB, aloneMiB } = costOf(model)
  return commonMemory.baseMiB + workers * (isMapped(model, workers) ? workerMiB : aloneMiB)
}

/** Loaded, and without a request; with less, mapped files are read again and again. */
function idleMiB (model: ModelFacts, workers: number): number {
  return anonymousMiB(model, workers) + commonMemory.librariesMiB + (isMapped(model, workers) ? costOf(model).mappedMiB : 0)
}

/** The most that the start takes: the first of several workers loads plainly, and then a process of its own writes the copies. */
function startMiB (model: ModelFacts, workers: number): number {
  return isMapped(model, workers) && !model.hasCopies ? costOf(model).firstStartMiB : 0
}

function costOf ({ mode, areOwn }: ModelFacts): ModeCost {
  return costOfMode(areOwn ? 'starter' : mode)
}

function budgetsMiB ({ workers, downloads }: { workers: number, downloads: number }, { cacheMB, maxBodyMB, maxAnswerMB, maxMegapixels, downloadMaxMB }: Budgets): number {
  const pictures = workers * picturesPerWorker
  return cacheMB +
    bodiesAtOnce * maxBodyMB * commonMemory.bodyMegabyteMiB +
    answersAtOnce * maxAnswerMB * commonMemory.answerMegabyteMiB +
    pictures * maxMegapixels * commonMemory.megapixelMiB +
    // Those that are fetched or wait, and the copies that the workers have.
    (roomInPictures(downloads) + pictures) * downloadMaxMB
}

/** What is set, and for the rest what `derive` says. */
function fill (wanted: WantedMemory, derive: (key: keyof Budgets) => number): Budgets {
  return Object.fromEntries(keys.map((key) => [key, wanted[key] ?? derive(key)])) as Budgets
}

interface Fit { wanted: WantedMemory, model: ModelFacts, machine: Machine, workers: number, fullMiB: number }

function findMisfit ({ wanted, model, machine, workers, fullMiB }: Fit): MemoryPlan['misfit'] {
  const memoryMiB = machine.memoryBytes / 2 ** 20
  const place = `${machine.isContainer ? 'the container' : 'the machine'} has ${toGibibytes(memoryMiB)}`
  const networks = model.areOwn ? 'These networks take' : `MODE=${model.mode} takes`
  const [idle, start] = [idleMiB(model, workers), startMiB(model, workers)]
  if (anonymousMiB(model, workers) > memoryMiB) {
    const remedy = workers > 1 ? 'set fewer WORKERS or give it more memory' : 'give it more memory or choose a smaller MODE'
    return { isSure: true, sentence: `${networks} about ${toGibibytes(idle)} with ${countWorkers(workers)}, and ${place}: ${remedy}.` }
  }
  if (start > memoryMiB) {
    return { isSure: true, sentence: `${networks} about ${toGibibytes(start)} at the first start, while optimised copies of the networks are written, and ${place}: give it more memory, start it once on the same MODEL_DIR where there is more, or set WORKERS=1, which writes none.` }
  }
  if (fullMiB <= memoryMiB) return null
  const set = [...(wanted.workers === null ? [] : ['WORKERS']), ...keys.filter((key) => wanted[key] !== null).map((key) => names[key])]
  return { isSure: false, sentence: `Large pictures, bodies and answers at once may take about ${toGibibytes(fullMiB)} with ${countWorkers(workers)}, and ${place}: ${set.length > 0 ? `lower ${set.join(', ')} or ` : ''}give it more memory.` }
}

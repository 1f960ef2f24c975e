import { commonMemory, costOfMode, type ModeCost } from '../../models/measured-costs.ts'
import type { Mode } from '../../models/modes.ts'
import { picturesPerWorker } from '../pictures-per-worker.ts'
import { countWorkers } from './count-workers.ts'
import type { Machine } from './read-machine.ts'
import { toGibibytes } from './to-gibibytes.ts'

/** Settings that memory decides over; null: not set, so they are derived. */
export interface WantedMemory {
  workers: number | null
  cacheMB: number | null
  maxBodyMB: number | null
  maxMegapixels: number | null
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

export interface MemoryPlan {
  workers: number
  cacheMB: number
  maxBodyMB: number
  maxMegapixels: number
  /** What all of it takes when everything is full, in MiB. */
  fullMiB: number
  /** What it takes without a request. */
  idleMiB: number
  /** What decided over the number of workers. */
  workersBy: 'WORKERS' | 'cores' | 'memory'
  /** Why it does not fit, and what to do; null: it fits. */
  misfit: { sentence: string, isSure: boolean } | null
}

/** What is derived where memory is plenty, and what there is at least. */
const plenty = { cacheMB: 64, maxBodyMB: 256, maxMegapixels: 100 } as const
const least = { cacheMB: 8, maxBodyMB: 32, maxMegapixels: 25 } as const
type Budgets = Record<keyof typeof plenty, number>

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
  const [floor, ceiling] = [withWanted(least, wanted), withWanted(plenty, wanted)]
  const fits = (workers: number) => startMiB(model, workers) <= memoryMiB && idleMiB(model, workers) + budgetsMiB(workers, floor) <= usableMiB
  const workers = wanted.workers ?? Math.max(1, mostThatFit(machine.cores, fits))
  const idle = idleMiB(model, workers)
  const leastMiB = budgetsMiB(workers, floor)
  const growth = budgetsMiB(workers, ceiling) - leastMiB
  const share = growth === 0 ? 1 : Math.max(0, Math.min(1, (usableMiB - idle - leastMiB) / growth))
  const between = (key: keyof Budgets) => wanted[key] ?? Math.floor(floor[key] + share * (ceiling[key] - floor[key]))
  const budgets: Budgets = { cacheMB: between('cacheMB'), maxBodyMB: between('maxBodyMB'), maxMegapixels: between('maxMegapixels') }
  const fullMiB = idle + budgetsMiB(workers, budgets)
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

function budgetsMiB (workers: number, { cacheMB, maxBodyMB, maxMegapixels }: Budgets): number {
  return cacheMB + bodiesAtOnce * maxBodyMB * commonMemory.bodyMegabyteMiB + workers * picturesPerWorker * maxMegapixels * commonMemory.megapixelMiB
}

function withWanted (budgets: Budgets, { cacheMB, maxBodyMB, maxMegapixels }: WantedMemory): Budgets {
  return { cacheMB: cacheMB ?? budgets.cacheMB, maxBodyMB: maxBodyMB ?? budgets.maxBodyMB, maxMegapixels: maxMegapixels ?? budgets.maxMegapixels }
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
  const set = Object.entries({ WORKERS: wanted.workers, CACHE_MB: wanted.cacheMB, MAX_BODY_MB: wanted.maxBodyMB, MAX_MEGAPIXELS: wanted.maxMegapixels }).filter(([, value]) => value !== null).map(([name]) => name)
  return { isSure: false, sentence: `Large pictures and bodies at once may take about ${toGibibytes(fullMiB)} with ${countWorkers(workers)}, and ${place}: ${set.length > 0 ? `lower ${set.join(', ')} or ` : ''}give it more memory.` }
}

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { Role, WorkerSettings } from '../../workers/protocol.ts'
import { sha256File } from '../model-store/sha256-file.ts'
import { comparePeople, type Comparison } from './compare-people.ts'
import { estimateFolder, startEngine } from './estimate-folder.ts'
import { sumsMayOverflow, type Quantizer, type Recipe } from './prepare-quantizer.ts'

/** What a copy must keep to be used. */
export interface Limits {
  leastOks: number
  mostMissed: number
  /** How many times as fast as the original, measured here. */
  leastGain: number
}

/** One copy and how it compares with its original. */
export interface Trial {
  recipe: Recipe
  path: string
  sha256: string
  bytes: number
  pictures: number
  comparison: Comparison
  timesFaster: number
}

export interface CopyOrder {
  role: Role
  settings: WorkerSettings
  pictures: readonly string[]
  keypointSet: KeypointSet
  quantizer: Quantizer
  /** Folder of recorded inputs. */
  tensors: string
  /** Folder for the copies. */
  work: string
  limits: Limits
  signal: AbortSignal
  onPicture: (done: number) => void
}

/** From the fastest to the most careful. */
function recipes (): Recipe[] {
  const whole: Recipe = { fp32First: 0, fp32Last: 0, convolutions: false, weights: 'signed' }
  const careful: Recipe = { ...whole, fp32First: 2, fp32Last: 3 }
  return [
    whole,
    { ...whole, fp32First: 1, fp32Last: 1 },
    careful,
    ...sumsMayOverflow() ? [{ ...careful, weights: 'seven-bits' as const }, { ...whole, weights: 'unsigned' as const }] : [],
    { ...careful, convolutions: true }
  ]
}

/** A copy this close is not worth another, slower one. */
const close = { oks: 0.985, missed: 0.01 }

/**
 * Tries the recipes until one is close to the original, and judges the best; the other network stays in fp32 meanwhile.
 * Yields each trial.
 * @returns the best trial, and why it must not be used or null
 * @throws the signal's reason
 */
export async function * chooseCopy (order: CopyOrder): AsyncGenerator<Trial, { best: Trial, refused: string | null }> {
  let best: Trial | null = null
  for (const recipe of recipes()) {
    const trial = await tryRecipe(order, recipe)
    yield trial
    if (best === null || isBetter(trial, best, order.limits)) best = trial
    if (trial.comparison.oks >= close.oks && trial.comparison.missed <= close.missed) break
    // What gains no time with every layer in int8 gains none with fewer.
    if (trial.timesFaster < order.limits.leastGain) break
  }
  return { best: best!, refused: judge(best!, order.limits) }
}

async function tryRecipe ({ role, settings, pictures, keypointSet, quantizer, tensors, work, signal, onPicture }: CopyOrder, recipe: Recipe): Promise<Trial> {
  const path = join(work, `${role}-${Object.values(recipe).join('-')}.onnx`)
  await quantizer.quantize({ model: settings[role].path, tensors, role, out: path, recipe })
  const sha256 = await sha256File(path)
  const engines = await Promise.all([startEngine(settings), startEngine({ ...settings, [role]: { ...settings[role], path, sha256 } })])
  try {
    const rows = await estimateFolder(engines, pictures, signal, onPicture)
    const stage = role === 'detector' ? 'detectMs' : 'poseMs'
    const gains = rows.map(([original, copy]) => ({ pair: { original: original!.people, copy: copy!.people }, gain: original!.times[stage] / copy!.times[stage], alike: role === 'detector' || (original!.people.length > 0 && original!.people.length === copy!.people.length) }))
    return {
      recipe,
      path,
      sha256,
      bytes: (await stat(path)).size,
      pictures: rows.length,
      comparison: comparePeople(gains.map(({ pair }) => pair), keypointSet),
      timesFaster: median(gains.filter(({ alike }) => alike).map(({ gain }) => gain))
    }
  } finally {
    await Promise.all(engines.map((engine) => engine.close()))
  }
}

/** Among the copies that gain time the closest one, and any of them before one that gains none. */
function isBetter (a: Trial, b: Trial, { leastGain }: Limits): boolean {
  const [aGains, bGains] = [a.timesFaster >= leastGain, b.timesFaster >= leastGain]
  return aGains === bGains ? loss(a) < loss(b) : aGains
}

function loss ({ comparison: { oks, missed, added } }: Trial): number {
  return 1 - oks + missed + added
}

function judge ({ comparison: { oks, missed }, timesFaster }: Trial, { leastOks, mostMissed, leastGain }: Limits): string | null {
  if (oks < leastOks) return `its poses differ too much: OKS ${oks.toFixed(4)} against fp32, at least ${leastOks} is wanted (--least-oks)`
  if (missed > mostMissed) return `it misses ${(missed * 100).toFixed(1)} % of the people, at most ${(mostMissed * 100).toFixed(1)} % may be (--most-missed)`
  if (!(timesFaster >= leastGain)) return `it gains too little on this processor: ${timesFaster.toFixed(2)} times as fast as fp32, at least ${leastGain} is wanted (--least-gain)`
  return null
}

function median (values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? NaN
}

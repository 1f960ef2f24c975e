/**
 * What the modes cost, measured by bench/sizing.ts: the memory plan of the start, `label-studio-rtmpose sizing`, docs/sizing.md and
 * the table of modes all read it here.
 */
import type { Mode } from './modes.ts'

export interface ModeCost {
  /** Processor time of a picture without its people, in ms: download, decoding, detector, answer. */
  pictureMs: number
  /** Processor time of each person more: crop, pose network, regions. */
  personMs: number
  /** Memory that each worker thread has for itself while all share mapped copies of the networks, in MiB, pictures aside. */
  workerMiB: number
  /** The same where it has the networks for itself too. */
  aloneMiB: number
  /** Optimised copies of the networks, which all workers and processes of a machine share; 0: too small to have one. */
  mappedMiB: number
  /** Most memory while the first start of several workers writes those copies, in MiB; 0 where it writes none. */
  firstStartMiB: number
}

/**
 * Measured, body-performance with the pose network of performance. The other modes have a stand-in among them. The processor times are
 * from before detectors kept their memory between pictures, which takes some 4 % off those of a picture.
 */
export const measuredCosts = {
  starter: { pictureMs: 36, personMs: 29, workerMiB: 110, aloneMiB: 110, mappedMiB: 0, firstStartMiB: 0 },
  lightweight: { pictureMs: 104, personMs: 127, workerMiB: 55, aloneMiB: 390, mappedMiB: 150, firstStartMiB: 900 },
  balanced: { pictureMs: 869, personMs: 270, workerMiB: 130, aloneMiB: 710, mappedMiB: 362, firstStartMiB: 1440 },
  performance: { pictureMs: 959, personMs: 469, workerMiB: 140, aloneMiB: 720, mappedMiB: 363, firstStartMiB: 1480 },
  'body-performance': { pictureMs: 2848, personMs: 1370, workerMiB: 160, aloneMiB: 1150, mappedMiB: 676, firstStartMiB: 2220 }
} as const satisfies Partial<Record<Mode, ModeCost>>

/**
 * Networks of 17 and 26 points could not be had for the measurement: the mode that stands in has the same detector and a pose network
 * of as many operations or more.
 */
const standIns = {
  'body-lightweight': 'lightweight',
  'body-balanced': 'balanced',
  'feet-lightweight': 'lightweight',
  'feet-balanced': 'balanced',
  'feet-performance': 'body-performance'
} as const satisfies Record<Exclude<Mode, keyof typeof measuredCosts>, keyof typeof measuredCosts>

/**
 * Cost of a mode. `measured` names the mode whose figures these are; isUpperBound: another pose network of at least as much work was
 * measured in place of its own.
 */
export function costOfMode (mode: Mode): ModeCost & { measured: keyof typeof measuredCosts, isUpperBound: boolean } {
  const measured = Object.hasOwn(measuredCosts, mode) ? mode as keyof typeof measuredCosts : standIns[mode as keyof typeof standIns]
  return { ...measuredCosts[measured], measured, isUpperBound: measured !== mode || mode === 'body-performance' }
}

/** The same for all modes, in MiB. */
export const commonMemory = {
  /** The process without its workers. */
  baseMiB: 130,
  /** Code of Node and of the runtime, mapped. */
  librariesMiB: 75,
  /** A decoded megapixel, 3 bytes a pixel and what the decoder holds meanwhile. */
  megapixelMiB: 3.1,
  /** A megabyte of a request's body: its bytes, its text, and the objects made of it. */
  bodyMegabyteMiB: 5.7,
  /** A megabyte of an answer: its bytes, and what is not yet swept up of the objects and texts that they were made of (some 65 MiB, whatever its length). */
  answerMegabyteMiB: 2
} as const

/** Of the figures above. */
export const measuredOn = '2 cores of an AMD EPYC (AVX2, FMA, no AVX-512, no VNNI; virtual machine), Node 20.20.2, onnxruntime 1.30.0, November 2026, processor time on the quiet machine (64 samples of starter, 6 of each other mode)'

/** What measureMachine finds on that machine, in ms of processor time: a picture of the starter networks without HTTP. */
export const calibrationMs = 58

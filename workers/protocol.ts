/** What crosses the thread boundary. Types and codes only: no code runs from here. */
import type { ProjectCalibration } from '../models/confidence/project-calibration.ts'
import type { KeypointSet } from '../models/keypoint-set.ts'
import type { DetectorEntry, PoseEntry } from '../models/model-entry.ts'
import type { Person } from '../models/person.ts'

/** Where the boxes of a picture come from. Fractions are 0..1 of the upright picture. */
export type BoxSource =
  | { kind: 'detector' }
  /** Boxes drawn by a person, x1 y1 x2 y2: one pose each, the detector does not run. */
  | { kind: 'boxes', boxes: ReadonlyArray<readonly [number, number, number, number]> }
  /** Clicks: the detector runs, and only people under a positive and not under a negative click stay. */
  | { kind: 'clicks', clicks: ReadonlyArray<{ x: number, y: number, positive: boolean }> }

/** A whole picture: decode, detect, crop, pose, filter. */
export interface PictureJob {
  kind: 'picture'
  /** The encoded file, in an ArrayBuffer of its own (transferred). */
  bytes: Uint8Array<ArrayBuffer>
  boxSource: BoxSource
  /** Int32 flag: not 0 = stop at the next stage. */
  cancel: SharedArrayBuffer
  /**
   * true: stop after detection and hand back the pixels, so that idle workers can share the crops.
   * A picture with fewer than two people, or with boxes drawn by a person, is finished at once all the same.
   */
  shareCrops: boolean
  /** A core has nothing else to do: the detector may run on two. */
  hasIdleCore?: boolean
  /** In place of the setting's. */
  confidenceThreshold?: number
}

/** Some of the boxes of a picture which another thread has decoded. */
export interface CropsJob {
  kind: 'crops'
  pixels: SharedPixels
  /** n x (x1, y1, x2, y2, score) in pixels of the picture. */
  boxes: Float32Array
  cancel: SharedArrayBuffer
}

/**
 * Loads what has a mapped copy now from that copy, since the first thread starts before there are any, and notes the use of the copies
 * that are open: those that nobody uses for a month are tidied.
 */
export interface RemapJob {
  kind: 'remap'
}

/** Draws people over their picture. Needs no network, so it runs beside one. */
export interface DrawJob {
  kind: 'draw'
  /** The encoded file, in an ArrayBuffer of its own (transferred). */
  bytes: Uint8Array<ArrayBuffer>
  people: readonly Person[]
  keypointSet: KeypointSet['id']
  /** Longest side of the drawing in pixels. */
  maxSide: number
  format: DrawingFormat
}

/** png: exact, large and slow to write. jpeg: about an eighth of it. */
export type DrawingFormat = 'png' | 'jpeg'

export type Job = PictureJob | CropsJob | RemapJob | DrawJob

/** Upright R, G, B bytes, row by row, without padding. */
export interface SharedPixels {
  rgb: SharedArrayBuffer
  width: number
  height: number
}

/** Milliseconds of each stage, for logs and metrics. */
export interface StageTimes {
  decodeMs: number
  detectMs: number
  poseMs: number
}

export type PictureResult =
  | { stage: 'done', width: number, height: number, people: Person[], times: StageTimes }
  | { stage: 'detected', pixels: SharedPixels, boxes: Float32Array, times: StageTimes }

/** People of a CropsJob as estimated, one per box: selectPeople, the last step, needs all people of the picture. */
export interface CropsResult {
  stage: 'crops'
  people: Person[]
  times: StageTimes
}

export interface RemapResult {
  stage: 'remapped'
  /** How many networks are mapped now that were not before. */
  networks: number
}

export interface DrawResult {
  stage: 'drawn'
  file: Uint8Array<ArrayBuffer>
}

/** Failures of one picture inside a worker. They cross as values, because properties of errors are lost. */
export type WorkerFailureCode =
  | 'IMAGE_UNREADABLE'
  | 'IMAGE_TRUNCATED'
  | 'IMAGE_FORMAT'
  | 'IMAGE_TOO_LARGE'
  | 'IMAGE_TOO_NARROW'
  | 'INFERENCE_FAILED'
  | 'CANCELLED'

export type Outcome =
  | { ok: true, value: PictureResult | CropsResult | RemapResult | DrawResult, warnings?: string[] }
  | { ok: false, code: WorkerFailureCode, message: string }

/** Which execution provider the sessions ask for. */
export interface Device {
  name: 'cpu' | 'cuda' | 'mps'
  /** Device number, for cuda only. */
  index: number
}

/** What a network does. */
export type Role = 'detector' | 'pose'

/** A network's file, by content. */
export interface ModelFile {
  role: Role
  path: string
  sha256: string
}

/** What the process that writes mapped copies is told, as JSON. */
export interface MappedCopiesOrder {
  dir: string
  models: ModelFile[]
  intraOpThreads: number
}

/** A model whose file was found and verified (or described from its own graph: entry null). */
export interface LocatedModel<Entry> {
  path: string
  sha256: string
  /** null: an own .onnx without description; the worker reads it from the graph. */
  entry: Entry | null
}

/** Where optimised copies of the networks lie, which all threads and processes of a host share in memory (docs/decisions/0008). */
export interface MappedFolder {
  dir: string
  /** Smaller model files are loaded plainly: there is nothing to gain. */
  leastBytes: number
}

/** workerData of every worker. */
export interface WorkerSettings {
  detector: LocatedModel<DetectorEntry>
  pose: LocatedModel<PoseEntry>
  device: Device
  intraOpThreads: number
  /** 0..1, points below are "not found"; of the project's confidences where there are such. */
  confidenceThreshold: number
  /** Makes the model's confidences those of a project, once it is settled who is found; absent: they stay. Of the points of its own set. */
  calibration?: ProjectCalibration
  /** 0..1, boxes at or below are dropped; null: the registry's value for this detector. */
  detectorThreshold: number | null
  maxPeople: number
  maxPixels: number
  /** Folder for what the networks are fed, to calibrate quantised copies with; absent: nothing is written. */
  recordInputs?: string
  /** Absent: the model files are loaded as they are. */
  mapped?: MappedFolder
}

/** Posted to the parent when a worker can take jobs; an own model's description stands in the entries. */
export interface WorkerReady {
  type: 'worker-ready'
  detector: DetectorEntry
  pose: PoseEntry
  /** What the sessions really run on. */
  device: Device
  warnings: string[]
  /** Networks that were loaded as they are because their mapped copy is missing; none when absent. */
  unmapped?: ModelFile[]
}

/** Posted when a running session had to leave its device. */
export interface WorkerWarning {
  type: 'worker-warning'
  warning: string
  device: Device
}

/** Posted instead of WorkerReady when the models cannot be loaded. */
export interface WorkerBroken {
  type: 'worker-broken'
  message: string
}

export type WorkerMessage = WorkerReady | WorkerWarning | WorkerBroken

/** What the thread for large JSON bodies answers; `message` is the parser's sentence. */
export type ParsedBody = { ok: true, value: unknown } | { ok: false, message: string }

/** What the rest of the service sees of the thread pool. Made by createPoseEngine. */
import type { DetectorEntry, PoseEntry } from '../../models/model-entry.ts'
import type { Person } from '../../models/person.ts'
import type { BoxSource, Device, DrawingFormat, StageTimes } from '../../workers/protocol.ts'

/** background: pages of jobs, after whatever somebody waits for. */
export type Priority = 'interactive' | 'single' | 'batch' | 'background'

export interface EstimateOptions {
  boxSource: BoxSource
  priority: Priority
  /** 0..1, points below are left out; by default that of the settings. */
  confidenceThreshold?: number | undefined
  /** Removes a waiting picture, and stops a running one between two stages. */
  signal: AbortSignal
}

export interface DrawOptions {
  /** Longest side of the drawing in pixels; smaller pictures keep their size. */
  maxSide: number
  format: DrawingFormat
  signal: AbortSignal
}

/** People of one picture, best score first; coordinates in pixels of the upright picture. */
export interface PictureEstimate {
  width: number
  height: number
  people: Person[]
  times: StageTimes & { queueMs: number }
}

export interface EngineStatus {
  /**
   * idle: models load at the first request (PRELOAD=false).
   * loading: no worker is ready yet, or one still loads for the first time; pictures wait.
   * ready: at least one worker is ready and none loads for the first time. Fewer than wanted may be ready: one that
   * died is being replaced, one that could not load its models is tried again and stands in `warnings` meanwhile.
   * broken: no worker is ready and the last tries of all have failed; pictures are refused at once. Further tries
   * follow by themselves, and the first that succeeds makes it ready or loading again.
   */
  state: 'idle' | 'loading' | 'ready' | 'broken' | 'closing'
  /** Why it is broken, as a sentence; null while it is not. */
  reason: string | null
  workers: { wanted: number, ready: number }
  /** Threads that have ended unasked since the start; each is replaced. */
  restarted: number
  /** What the sessions really run on; the configured device until the first worker is ready. */
  device: Device
  /** Things a user must know, for example a device that could not be had. Also shown by /health. */
  warnings: string[]
  detector: DetectorEntry | null
  pose: PoseEntry | null
  waiting: number
  running: number
}

export interface PoseEngine {
  /** Starts the workers. Resolves when each has loaded its models or failed to for the first time; never rejects. */
  start (): Promise<void>
  /** Starts the workers. Resolves when the first has loaded its models, or all have failed to; never rejects. */
  usable (): Promise<void>
  status (): EngineStatus
  /**
   * Estimates the poses of one encoded picture. Starts the engine when it is idle, waits while it loads, and fails at
   * once while it is broken.
   * @throws PoseError IMAGE_*, INFERENCE_FAILED, WORKER_DIED, QUEUE_FULL, CANCELLED, MODEL_BROKEN, SHUTTING_DOWN
   */
  estimate (bytes: Uint8Array<ArrayBuffer>, options: EstimateOptions): Promise<PictureEstimate>
  /**
   * Draws people over the picture they were found in; waits its turn among single pictures.
   * @returns a file of the format
   * @throws PoseError as estimate()
   */
  draw (bytes: Uint8Array<ArrayBuffer>, people: readonly Person[], options: DrawOptions): Promise<Uint8Array<ArrayBuffer>>
  /** Refuses new pictures, finishes the accepted ones, ends the idle workers. */
  close (): Promise<void>
}

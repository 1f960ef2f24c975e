/**
 * Pictures in, people out: an admission queue in front of worker threads.
 *
 * Three rules carry it. A thread is never ended while it loads or runs a network: that aborts the process.
 * Cancelling is therefore a shared flag, which the worker reads between two stages. And a picture whose thread
 * died is tried once more with nothing beside it, so that its innocent neighbour is not blamed.
 */
import { fileURLToPath } from 'node:url'
import { forbidRuntimeTelemetry } from '../config.ts'
import { createPoseError } from '../errors.ts'
import { workerFile } from '../worker-file.ts'
import { createConfidenceCalibration } from '../../models/confidence/confidence-calibration.ts'
import { reindexCalibration } from '../../models/confidence/reindex-calibration.ts'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import { keypointSets } from '../../models/keypoint-sets.ts'
import type { DetectorEntry, PoseEntry } from '../../models/model-entry.ts'
import { leastPersonScore } from '../../models/people/least-person-score.ts'
import { selectPeople } from '../../models/people/select-people.ts'
import type { Person } from '../../models/person.ts'
import type { Device, DrawResult, MappedCopiesOrder, ModelFile, WorkerMessage, WorkerSettings } from '../../workers/protocol.ts'
import { createAdmissionQueue } from './admission-queue.ts'
import { createCancelToken } from './cancel-token.ts'
import { createCancelledError } from './create-cancelled-error.ts'
import { estimatePicture, type Attempt, type Found, type Picture } from './estimate-picture.ts'
import { picturesPerWorker } from '../pictures-per-worker.ts'
import type { DrawOptions, EngineStatus, EstimateOptions, PictureEstimate, PoseEngine } from './pose-engine.ts'
import { rejectOnAbort } from './reject-on-abort.ts'
import { unwrapOutcome } from './unwrap-outcome.ts'
import { createWorkerThreads, type WorkerThreads } from './worker-threads.ts'
import { writeMappedCopies, type MappedCopiesWriter } from './write-mapped-copies.ts'

/** What the engine logs through; a pino logger fits. */
export interface EngineLog {
  info (fields: object, message: string): void
  warn (fields: object, message: string): void
  error (fields: object, message: string): void
}

export interface PoseEngineOptions {
  workers: number
  /**
   * Most pictures waiting; further ones are refused with QUEUE_FULL. By default any number: for a caller that bounds
   * its pictures before it hands them over, and whose requests must not be refused their own pictures here.
   */
  queueSize?: number
  log: EngineLog
  /** The worker's entry; by default workers/index. */
  workerUrl?: URL
  /**
   * Milliseconds from the first failed load of a worker to its next try; doubles with each further one, up to a
   * minute. 1000 by default.
   */
  retryMs?: number
  /** Milliseconds after which the use of mapped copies is noted again; a day by default. */
  noteUseMs?: number
}

/** Warnings quote drivers, whose wording may change with every call; /health repeats the first ones only. */
const mostWarnings = 20

const DAY_MS = 86_400_000

export function createPoseEngine (settings: WorkerSettings, options: PoseEngineOptions): PoseEngine {
  const { log } = options
  forbidRuntimeTelemetry()
  const queue = createAdmissionQueue({ slots: 0, limit: options.queueSize ?? Infinity })
  // Bounded by the slots of `queue`, since a suspect keeps the slot it had.
  const suspects = createAdmissionQueue({ slots: 0, limit: Infinity })
  const warnings = new Set<string>()
  let threads: WorkerThreads | null = null
  let device: Device = settings.device
  let detector: DetectorEntry | null = settings.detector.entry
  let pose: PoseEntry | null = settings.pose.entry
  /** What the first thread has found no mapped copy of. */
  let unmapped: ModelFile[] = []
  let writer: MappedCopiesWriter | null = null
  let noting: NodeJS.Timeout | undefined
  /** Tries under way, those of suspects included. */
  let attempts = 0
  let restarted = 0
  /** Each worker has loaded its models or failed to. */
  let startSettled = false
  let broken: string | null = null
  let closed: Promise<void> | null = null
  let reportStarted: () => void
  const started = new Promise<void>((resolve) => { reportStarted = resolve })
  let reportUsable: () => void
  const firstReady = new Promise<void>((resolve) => { reportUsable = resolve })

  function start (): Promise<void> {
    if (closed !== null) return Promise.resolve()
    if (threads === null) {
      threads = createWorkerThreads({
        filename: options.workerUrl ? fileURLToPath(options.workerUrl) : workerFile('index'),
        count: options.workers,
        settings,
        retryMs: options.retryMs ?? 1000,
        onMessage,
        onBootFailure,
        onRecovery: () => { log.info({}, 'a further try has loaded the models of a worker thread') },
        onDeath,
        onChange: followThreads,
        beforeOthers: makeMappedCopies
      })
      followThreads()
      if (settings.mapped !== undefined) noting = setInterval(noteUse, options.noteUseMs ?? DAY_MS).unref()
    }
    return started
  }

  function usable (): Promise<void> {
    return Promise.race([firstReady, start()])
  }

  function onMessage (message: WorkerMessage): void {
    if (message.type === 'worker-broken') return
    device = message.device
    if (message.type === 'worker-warning') {
      warn(message.warning)
      return
    }
    detector = message.detector
    pose = message.pose
    unmapped = message.unmapped ?? []
    for (const warning of message.warnings) warn(warning)
  }

  /** The others wait for the copies: loaded plainly, each would keep weights of its own for good. */
  function makeMappedCopies (): Promise<void> | null {
    if (unmapped.length === 0 || settings.mapped === undefined) return null
    return writeAndRemap({ dir: settings.mapped.dir, models: unmapped, intraOpThreads: settings.intraOpThreads })
  }

  async function writeAndRemap (order: MappedCopiesOrder): Promise<void> {
    const start = performance.now()
    writer = writeMappedCopies(order)
    const reason = await writer.done
    if (closed !== null) return
    if (reason === null) log.info({ ms: Math.round(performance.now() - start), dir: order.dir }, 'mapped copies of the networks are written')
    else log.warn({ reason, dir: order.dir }, 'no mapped copies of the networks could be written: each worker thread loads its own')
    if (reason === null) await threads?.leastBusy()?.send({ kind: 'remap' })
  }

  /**
   * From here, because a thread without pictures sleeps and its timers with it. One thread is enough: all have the same networks, and
   * the files of a copy that others have tidied away are lost to those that map them from another machine.
   */
  function noteUse (): void {
    threads?.leastBusy()?.send({ kind: 'remap' }).catch(() => {})
  }

  function warn (warning: string): void {
    if (warnings.has(warning)) return
    log.warn({ warning }, 'a worker warns')
    if (warnings.size < mostWarnings) warnings.add(warning)
  }

  function onBootFailure (reason: string, nextTryMs: number | null): void {
    const nextTry = nextTryMs === null ? 'no further try' : nextTryMs === 0 ? 'next try at once' : `next try in ${nextTryMs / 1000} s`
    log.warn({ reason }, `a worker thread could not load its models, ${nextTry}`)
  }

  function onDeath (reason: string): void {
    restarted++
    log.error({ reason }, 'a worker thread ended, a new one is started')
  }

  /** Follows every change of the threads and of the tries under way. */
  function followThreads (): void {
    // Null for a change that comes while they are made.
    if (threads === null) return
    if (threads.ready > 0) reportUsable()
    if (!startSettled && threads.starting === 0) {
      startSettled = true
      if (threads.ready > 0) log.info({ workers: threads.ready, device: device.name, detector: detector?.id, pose: pose?.id }, 'models are loaded')
      reportStarted()
    }
    noteBroken(threads.ready + threads.starting === 0 ? threads.failure : null)
    const suspected = suspects.waiting + suspects.running > 0
    suspects.setSlots(attempts === 0 && threads.ready > 0 ? 1 : 0)
    queue.setSlots(suspected ? 0 : threads.ready * picturesPerWorker)
  }

  function noteBroken (reason: string | null): void {
    const isNew = broken === null
    broken = reason
    if (reason === null) return
    if (isNew) log.error({ reason }, 'no worker thread has its models: pictures are refused until a further try succeeds')
    const createError = () => createPoseError('MODEL_BROKEN', reason)
    queue.rejectWaiting(createError)
    suspects.rejectWaiting(createError)
  }

  async function attempt (picture: Picture): Promise<Attempt> {
    if (threads === null) throw createPoseError('INTERNAL', 'the engine was not started')
    attempts++
    try {
      const trial = estimatePicture(threads, picture, (people) => finish(people, picture), (warning) => { log.warn({ warning }, 'a picture came with a warning') })
      followThreads()
      return await trial
    } finally {
      attempts--
      followThreads()
    }
  }

  async function attemptTwice (picture: Picture, { priority, signal }: EstimateOptions): Promise<Found> {
    const first = await attempt(picture)
    if (first.died === null) return first.found
    if (signal.aborted) throw createCancelledError(signal, 'after its thread had ended')
    if (broken !== null) throw createPoseError('MODEL_BROKEN', broken)
    log.warn({ reason: first.died }, 'a picture lost its worker thread and is tried again alone')
    const second = suspects.run(priority, signal, () => attempt({ ...picture, mayShare: false }))
    followThreads()
    const last = await second.finally(followThreads)
    if (last.died === null) return last.found
    throw createPoseError('WORKER_DIED', last.died)
  }

  /** The worker's own last step, for people who come from several threads. */
  function finish (people: Person[], { boxSource, confidenceThreshold = settings.confidenceThreshold }: Picture): Person[] {
    const set = knownSet()
    const calibrate = createConfidenceCalibration(settings.calibration === undefined ? null : reindexCalibration(settings.calibration, set))
    return selectPeople(people, keypointSets[set], { confidenceThreshold, calibrate, maxPeople: settings.maxPeople, leastScore: leastPersonScore(boxSource, pose) })
  }

  /** A thread has said what an own network finds before it finds anybody. */
  function knownSet (): KeypointSet['id'] {
    return pose?.keypointSet ?? 'coco-wholebody-133'
  }

  async function estimate (bytes: Uint8Array<ArrayBuffer>, estimateOptions: EstimateOptions): Promise<PictureEstimate> {
    if (closed !== null) throw createPoseError('SHUTTING_DOWN', 'no new pictures are taken')
    if (broken !== null) throw createPoseError('MODEL_BROKEN', broken)
    start().catch(() => {})
    const { boxSource, confidenceThreshold, priority, signal } = estimateOptions
    const arrived = performance.now()
    const result = queue.run(priority, signal, async () => {
      const queueMs = performance.now() - arrived
      const token = createCancelToken(signal)
      try {
        const mayShare = queue.waiting === 0
        const { width, height, people, times } = await attemptTwice({ bytes, boxSource, confidenceThreshold, cancel: token.flag, mayShare }, estimateOptions)
        return { width, height, people, times: { ...times, queueMs } }
      } finally {
        token.release()
      }
    })
    return await rejectOnAbort(result, signal, 'while it ran')
  }

  async function draw (bytes: Uint8Array<ArrayBuffer>, people: readonly Person[], { maxSide, format, signal }: DrawOptions): Promise<Uint8Array<ArrayBuffer>> {
    if (closed !== null) throw createPoseError('SHUTTING_DOWN', 'no new pictures are taken')
    if (broken !== null) throw createPoseError('MODEL_BROKEN', broken)
    return await rejectOnAbort(queue.run('single', signal, async () => {
      const answer = await threads?.leastBusy()?.send({ kind: 'draw', bytes: new Uint8Array(bytes), people, keypointSet: knownSet(), maxSide, format })
      if (answer === undefined || answer.died !== null) throw createPoseError('WORKER_DIED', answer?.died ?? 'no worker thread was left')
      return (unwrapOutcome(answer.outcome) as DrawResult).file
    }), signal, 'while it was drawn')
  }

  function status (): EngineStatus {
    const ready = threads?.ready ?? 0
    return {
      state: describeState(ready),
      reason: broken,
      workers: { wanted: options.workers, ready },
      restarted,
      device,
      warnings: describeWarnings(ready),
      detector,
      pose,
      waiting: queue.waiting,
      running: queue.running
    }
  }

  function describeState (ready: number): EngineStatus['state'] {
    if (closed !== null) return 'closing'
    if (broken !== null) return 'broken'
    if (threads === null) return 'idle'
    return startSettled && ready > 0 ? 'ready' : 'loading'
  }

  /** What is missing comes last, and only as long as it is missing. */
  function describeWarnings (ready: number): string[] {
    const failure = threads?.failure ?? null
    if (failure === null || broken !== null) return [...warnings]
    return [...warnings, `Only ${ready} of ${options.workers} worker threads are ready; the others are tried again: ${failure}`]
  }

  function close (): Promise<void> {
    closed ??= drain()
    return closed
  }

  async function drain (): Promise<void> {
    writer?.stop()
    clearInterval(noting)
    await threads?.close(queue.whenEmpty())
    reportStarted()
  }

  return { start, usable, status, estimate, draw, close }
}

import { createHash } from 'node:crypto'
import { keypointSets } from '../../models/keypoint-sets.ts'
import { createAdmissionQueue, type AdmissionQueue } from '../inference/admission-queue.ts'
import { picturesPerWorker } from '../pictures-per-worker.ts'
import type { EstimateOptions, PictureEstimate, PoseEngine, Priority } from '../inference/pose-engine.ts'
import type { PictureLoader, PictureSource } from '../media/picture-loader.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Traces } from '../traces/traces.ts'
import { createPictureRoom, type Place } from './picture-room.ts'
import type { ResultCache } from './result-cache.ts'
import { createShareInFlight } from './share-in-flight.ts'

export interface EstimateSourceOptions {
  loader: PictureLoader
  engine: PoseEngine
  cache: ResultCache
  workers: number
  /** Pictures fetched at once, for each priority. */
  downloads: number
  /** Of one picture file. */
  maxBytes: number
  /** Most pictures waiting, for each priority. */
  queueSize: number
  /** null: they are switched off. */
  metrics: Metrics | null
  traces: Traces
}

/** People of one picture, and how they were come by. */
export interface SourceEstimate extends PictureEstimate {
  /** From its turn until its bytes were here. */
  fetchMs: number
  /** The people are those of an earlier request, and so are the times of decoding, detector and pose network. */
  isKnown: boolean
}

export interface EstimateSource {
  /**
   * From the address of a picture to its people: fetch, look into the cache, estimate.
   * The same request in flight is computed once, because Label Studio asks twice when a task is opened.
   * @throws PoseError SOURCE_*, IMAGE_*, LABEL_STUDIO_*, QUEUE_FULL, and what the engine throws
   */
  estimate (source: PictureSource, options: EstimateOptions): Promise<SourceEstimate>
  readonly waiting: number
  readonly running: number
  /** Milliseconds that the picture waits which has waited longest. */
  readonly oldestWaitingMs: number
  /** Memory of finished results, an estimate. */
  readonly cacheBytes: number
  /** Pictures that the networks have estimated so far. */
  readonly estimated: number
}

/** The bytes of a picture, and the place that they take where they were fetched. */
interface Fetched { bytes: Uint8Array<ArrayBuffer>, place: Place | null }

/** The way of one priority: a batch whose pictures lie on a silent server must not hold up an annotator. */
interface Way {
  /** Bounds the pictures whose bytes are held: being fetched, waiting for a worker, or in one. */
  inHand: AdmissionQueue
  fetching: AdmissionQueue
}

export function createEstimateSource ({ loader, engine, cache, workers, downloads, maxBytes, queueSize, metrics, traces }: EstimateSourceOptions): EstimateSource {
  const room = createPictureRoom({ maxBytes, pictures: downloads })
  const inFlight = createShareInFlight<SourceEstimate>()
  const openWay = (): Way => ({
    // What the workers hold is decoded or estimated; those being fetched keep them fed.
    inHand: createAdmissionQueue({ slots: workers * picturesPerWorker + downloads, limit: queueSize }),
    fetching: createAdmissionQueue({ slots: downloads, limit: Infinity })
  })
  const ways: Record<Priority, Way> = { interactive: openWay(), single: openWay(), batch: openWay(), background: openWay() }
  let estimated = 0
  const total = (count: 'waiting' | 'running') => Object.values(ways).reduce((sum, { inHand }) => sum + inHand[count], 0)

  async function fetchPicture (source: PictureSource, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const started = performance.now()
    let bytes: Uint8Array<ArrayBuffer> | null = null
    try {
      bytes = await traces.run('download', {}, async (span) => {
        const loaded = await loader.load(source, signal)
        span.add({ 'rtmpose.picture.bytes': loaded.byteLength })
        return loaded
      })
      return bytes
    } finally {
      metrics?.noteDownload(performance.now() - started, bytes?.byteLength ?? null)
    }
  }

  async function fetchInRoom (source: PictureSource, priority: Priority, signal: AbortSignal): Promise<Fetched> {
    const place = await room.enter(priority, signal)
    try {
      const bytes = await fetchPicture(source, signal)
      place.keep(bytes.byteLength)
      return { bytes, place }
    } catch (error) {
      place.leave()
      throw error
    }
  }

  /** @param arrived when it was asked for, a value of performance.now() */
  async function fetchAndEstimate (source: PictureSource, options: EstimateOptions, arrived: number, signal: AbortSignal): Promise<SourceEstimate> {
    const started = performance.now()
    traces.past('queue', arrived, started - arrived)
    // What is inside a request takes a part of its body's memory.
    const { bytes, place } = source.address.startsWith('data:')
      ? { bytes: await loader.load(source, signal), place: null }
      : await ways[options.priority].fetching.run(options.priority, signal, () => fetchInRoom(source, options.priority, signal))
    try {
      return await estimateBytes(bytes, { ...options, signal }, { arrived, started })
    } finally {
      place?.leave()
    }
  }

  async function estimateBytes (bytes: Uint8Array<ArrayBuffer>, options: EstimateOptions, { arrived, started }: { arrived: number, started: number }): Promise<SourceEstimate> {
    const waitedMs = started - arrived
    const fetched = performance.now()
    const fetchMs = fetched - started
    const contentKey = hash(wayOfEstimate(options), bytes)
    const known = cache.get(contentKey)
    metrics?.noteLookup(known !== undefined)
    if (known) {
      metrics?.notePicture(performance.now() - arrived, true)
      return { ...known, times: { ...known.times, queueMs: waitedMs }, fetchMs, isKnown: true }
    }
    const estimate = await engine.estimate(bytes, options)
    estimated++
    cache.set(contentKey, estimate)
    tellStages(estimate.times, fetched)
    const times = { ...estimate.times, queueMs: waitedMs + estimate.times.queueMs }
    metrics?.notePicture(performance.now() - arrived, false)
    metrics?.noteEstimate({ people: estimate.people, times }, keypointSets[engine.status().pose!.keypointSet])
    return { ...estimate, times, fetchMs, isKnown: false }
  }

  /** The threads report how long their stages took; one follows the other. */
  function tellStages ({ queueMs, decodeMs, detectMs, poseMs }: PictureEstimate['times'], from: number): void {
    let began = from
    for (const [stage, ms] of [['queue', queueMs], ['decode', decodeMs], ['detect', detectMs], ['pose', poseMs]] as const) {
      traces.past(stage, began, ms)
      began += ms
    }
  }

  return {
    estimate (source, options) {
      const { priority, boxSource, confidenceThreshold = null } = options
      // The priority is part of it: an annotator must not wait behind a batch that has the same picture.
      // And the project: the same name in a cloud storage may be another picture there.
      const key = hash(JSON.stringify([source.basicAuth, source.owner?.project, boxSource, confidenceThreshold, priority]), source.address)
      const arrived = performance.now()
      return traces.run('picture', { facts: { 'rtmpose.priority': priority, ...(source.owner?.task != null && { 'rtmpose.task.id': source.owner.task }) } }, async (span) => {
        // Who joins another request for the same picture finds the stages in the trace of that one.
        let isShared = true
        const estimate = await inFlight.share(key, options.signal, (signal) => {
          isShared = false
          return ways[priority].inHand.run(priority, signal, () => fetchAndEstimate(source, options, arrived, signal))
        })
        span.add({ 'rtmpose.picture.shared': isShared, 'rtmpose.picture.known': estimate.isKnown, 'rtmpose.people': estimate.people.length })
        return estimate
      })
    },
    get oldestWaitingMs () { return Math.max(...Object.values(ways).map(({ inHand }) => inHand.oldestMs)) },
    get waiting () { return total('waiting') },
    get running () { return total('running') },
    get cacheBytes () { return cache.bytes },
    get estimated () { return estimated }
  }
}

/** What but the picture decides over its people. */
function wayOfEstimate ({ boxSource, confidenceThreshold }: EstimateOptions): string {
  return boxSource.kind === 'detector' && confidenceThreshold === undefined ? '' : JSON.stringify([boxSource, confidenceThreshold])
}

function hash (facts: string, content: string | Uint8Array): string {
  return createHash('sha256').update(facts).update('\0').update(content).digest('base64')
}

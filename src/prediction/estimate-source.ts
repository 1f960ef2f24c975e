import { createHash } from 'node:crypto'
import type { BoxSource } from '../../workers/protocol.ts'
import type { AdmissionQueue } from '../inference/admission-queue.ts'
import type { EstimateOptions, PictureEstimate, PoseEngine } from '../inference/pose-engine.ts'
import type { PictureLoader, PictureSource } from '../media/picture-loader.ts'
import type { ResultCache } from './result-cache.ts'
import type { ShareInFlight } from './share-in-flight.ts'

export interface EstimateSourceParts {
  loader: PictureLoader
  engine: PoseEngine
  cache: ResultCache
  inFlight: ShareInFlight<PictureEstimate>
  /** Bounds the pictures whose bytes are held: being fetched, waiting for a worker, or in one. */
  inHand: AdmissionQueue
}

/**
 * From the address of a picture to its people: fetch, look into the cache, estimate.
 * The same request in flight is computed once, because Label Studio asks twice when a task is opened.
 * @throws PoseError SOURCE_*, IMAGE_*, LABEL_STUDIO_*, and what the engine throws
 */
export function createEstimateSource ({ loader, engine, cache, inFlight, inHand }: EstimateSourceParts) {
  return function estimateSource (source: PictureSource, options: EstimateOptions): Promise<PictureEstimate> {
    // The priority is part of it: an annotator must not wait behind a batch that has the same picture.
    const key = hash(JSON.stringify([source, options.boxSource, options.priority]))
    return inFlight.share(key, options.signal, (signal) => inHand.run(options.priority, signal, async () => {
      const bytes = await loader.load(source, signal)
      const contentKey = hash(bytes) + boxKey(options.boxSource)
      const known = cache.get(contentKey)
      if (known) return known
      const estimate = await engine.estimate(bytes, { ...options, signal })
      cache.set(contentKey, estimate)
      return estimate
    }))
  }
}

function boxKey (boxSource: BoxSource): string {
  return boxSource.kind === 'detector' ? '' : JSON.stringify(boxSource)
}

function hash (data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('base64')
}

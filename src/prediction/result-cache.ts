import { LRUCache } from 'lru-cache'
import type { PictureEstimate } from '../inference/pose-engine.ts'

export interface ResultCache {
  get (key: string): PictureEstimate | undefined
  set (key: string, estimate: PictureEstimate): void
  /** An estimate of the memory in use. */
  readonly bytes: number
}

/** Estimates by the content of their picture, least recently used first to go. maxBytes 0 = no cache. */
export function createResultCache ({ maxBytes }: { maxBytes: number }): ResultCache {
  if (maxBytes === 0) return { get: () => undefined, set: () => {}, bytes: 0 }
  const cache = new LRUCache<string, PictureEstimate>({ maxSize: maxBytes, sizeCalculation: sizeOf })
  return {
    get: (key) => cache.get(key),
    set: (key, estimate) => { cache.set(key, estimate) },
    get bytes () { return cache.calculatedSize }
  }
}

/** Points are 8 bytes a number; the objects around them about as much as a small picture entry. */
function sizeOf ({ people }: PictureEstimate): number {
  return 500 + people.reduce((sum, { keypoints }) => sum + keypoints.byteLength + 300, 0)
}

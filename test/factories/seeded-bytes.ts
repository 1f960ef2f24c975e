import { createSeededRandom } from './seeded-random.ts'

/** Reproducible bytes in an ArrayBuffer of their own. */
export function seededBytes (length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const random = createSeededRandom(seed)
  return Uint8Array.from({ length }, () => Math.floor(random() * 256))
}

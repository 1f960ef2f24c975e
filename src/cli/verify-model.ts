import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelEntry } from '../../models/model-entry.ts'
import { folderOf } from '../model-store/folder-of.ts'
import { LOCK_FILE, readPins } from '../model-store/pinned-hashes.ts'
import { sha256File } from '../model-store/sha256-file.ts'

export interface Verdict {
  /** unknown: it is there, but nothing is known to compare it with. */
  state: 'good' | 'damaged' | 'unknown' | 'missing'
  sentence: string
}

/**
 * Reads a model file whole and compares it with what is known of it.
 * @throws PoseError MODEL_BROKEN when the lock file is damaged; Error of the file system
 */
export async function verifyModel (entry: ModelEntry, modelDir: string): Promise<Verdict> {
  const path = join(folderOf(entry, modelDir), entry.file)
  const size = await stat(path).then((found) => found.size, () => null)
  if (size === null) return { state: 'missing', sentence: `missing  ${entry.id}: ${path}` }
  const actual = await sha256File(path)
  const pin = entry.sha256 === null ? (await readPins(modelDir))[entry.file] : undefined
  const expected = entry.sha256 ?? pin?.sha256
  if (expected === undefined) return { state: 'unknown', sentence: `unknown  ${entry.id}: ${path} has the SHA-256 ${actual}, and none is known` }
  if (actual !== expected) {
    return { state: 'damaged', sentence: `DAMAGED  ${entry.id}: ${path} has the SHA-256 ${actual} instead of ${expected}${pin === undefined ? '' : ` (${LOCK_FILE})`}. Remove it, and "models pull ${entry.id}" fetches it anew.` }
  }
  return { state: 'good', sentence: `good     ${entry.id}: ${path}${pin === undefined ? '' : ` (as pinned on ${pin.date.slice(0, 10)})`}` }
}

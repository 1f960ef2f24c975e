import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import Type, { type Static } from 'typebox'
import { Value } from 'typebox/value'
import { createPoseError } from '../errors.ts'
import { replaceFile } from './replace-file.ts'

/** In MODEL_DIR, beside the files it speaks of. */
export const LOCK_FILE = 'models.lock.json'

const PinsSchema = Type.Record(Type.String(), Type.Object({
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  bytes: Type.Integer({ minimum: 0 }),
  /** Where the file came from, and when. */
  address: Type.String(),
  date: Type.String()
}))

/** What files were when they were first downloaded, by file name: for those whose hash the registry does not know. */
export type Pins = Static<typeof PinsSchema>
export type Pin = Pins[string]

/** @throws PoseError MODEL_BROKEN when the lock file is damaged: nothing may pass unchecked because of that */
export async function readPins (modelDir: string): Promise<Pins> {
  const path = join(modelDir, LOCK_FILE)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return {}
    throw createPoseError('MODEL_BROKEN', `${path} cannot be read (${code})`)
  }
  try {
    const pins: unknown = JSON.parse(text)
    if (Value.Check(PinsSchema, pins)) return pins
  } catch {}
  throw createPoseError('MODEL_BROKEN', `${path}, which holds the hashes of downloaded files, is damaged: correct it, or remove it together with those files`)
}

/** Adds to the lock file. Only under the folder's lock. */
export async function addPins (modelDir: string, pins: Pins): Promise<void> {
  await replaceFile(join(modelDir, LOCK_FILE), JSON.stringify({ ...await readPins(modelDir), ...pins }, null, 2) + '\n')
}

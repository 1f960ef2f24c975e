import { readFile } from 'node:fs/promises'
import { decodeImage } from '../../workers/image/decode-image.ts'
import type { Picture } from '../../workers/image/picture.ts'

/** Pixels of a file, decoded as the service does. */
export async function decodeFile (path: string): Promise<Picture> {
  const result = await decodeImage(await readFile(path), 1e9)
  if (!result.ok) throw new Error(`${path}: ${result.code} ${result.message}`)
  return result.value
}

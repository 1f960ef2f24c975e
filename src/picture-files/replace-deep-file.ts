import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { replaceFile } from '../model-store/replace-file.ts'

/** As replaceFile, in a folder that is made where it is missing. @throws Error of the file system */
export async function replaceDeepFile (path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await replaceFile(path, content)
}

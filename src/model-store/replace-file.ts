import { randomUUID } from 'node:crypto'
import { rename, writeFile } from 'node:fs/promises'

/** Writes beside and renames: whoever reads meanwhile, in this process or another, sees the old file or the new one. @throws Error of the file system */
export async function replaceFile (path: string, content: string | Uint8Array): Promise<void> {
  const beside = `${path}.${randomUUID()}`
  await writeFile(beside, content)
  await rename(beside, path)
}

import { randomUUID } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'

/** Writes beside and renames: whoever reads meanwhile, in this process or another, sees the old file or the new one. After a failure nothing is left behind. @throws Error of the file system */
export async function replaceFile (path: string, content: string | Uint8Array): Promise<void> {
  const beside = `${path}.${randomUUID()}`
  try {
    await writeFile(beside, content)
    await rename(beside, path)
  } catch (error) {
    // A full disk is full of such files otherwise, one from each try.
    await rm(beside, { force: true }).catch(() => {})
    throw error
  }
}

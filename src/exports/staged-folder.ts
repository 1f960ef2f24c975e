import { mkdir, mkdtemp, readFile, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ExportFault } from './export-fault.ts'

/** The file that says what an export has written: the next one replaces that, and nothing else. */
const manifestFile = 'export.json'

export interface StagedFolder {
  /** Where to write; inside the folder, because that may be a volume of its own. */
  path: string
  /** Puts everything in its place: until then the earlier export stays whole. `manifest` is written as export.json, with `files`. */
  commit (manifest: object): Promise<void>
  /** Removes what was not committed. */
  discard (): Promise<void>
}

/**
 * @param out made when it is not there
 * @param entries names that may be written into it
 * @throws ExportFault when one of them is there and is not of an earlier export; Error of the file system
 */
export async function stageFolder (out: string, entries: readonly string[]): Promise<StagedFolder> {
  const made = await mkdir(out, { recursive: true })
  const present = new Set(await readdir(out))
  const earlier = await readEarlier(join(out, manifestFile))
  const foreign = [...entries, manifestFile].filter((name) => present.has(name) && !earlier.has(name))
  if (foreign.length > 0) throw new ExportFault(`${join(out, foreign[0]!)} is there already, and not from an export. Name another folder with --out.`)
  const path = await mkdtemp(join(out, '.export-'))

  return {
    path,
    async commit (manifest) {
      const files = (await readdir(path)).sort()
      await writeFile(join(path, manifestFile), `${JSON.stringify({ ...manifest, files }, null, 2)}\n`)
      const old = join(path, '.earlier')
      await mkdir(old)
      // A folder cannot be renamed over another, and a file of the earlier export that this one has not would tell old things.
      for (const name of [...earlier].filter((name) => present.has(name) && name !== manifestFile)) await rename(join(out, name), join(old, name))
      for (const name of [...files, manifestFile]) await rename(join(path, name), join(out, name))
      await rm(path, { recursive: true, force: true })
    },
    async discard () {
      await rm(path, { recursive: true, force: true })
      // A folder that was made for nothing; one that holds an export stays.
      if (made !== undefined) await rmdir(out).catch(() => {})
    }
  }
}

/** What an earlier export has written here, itself included; empty when there was none. */
async function readEarlier (path: string): Promise<Set<string>> {
  try {
    const { files } = JSON.parse(await readFile(path, 'utf8')) as { files?: unknown }
    const names = Array.isArray(files) ? files.filter((name) => typeof name === 'string' && /^[\w-][\w.-]*$/.test(name)) : []
    return new Set([...names, manifestFile])
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || error instanceof SyntaxError) return new Set()
    throw error
  }
}

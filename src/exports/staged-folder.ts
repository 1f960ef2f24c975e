import { mkdir, mkdtemp, readFile, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withFolderLock } from '../folder-lock.ts'
import { ExportFault } from './export-fault.ts'

/** The file that says what an export has written: the next one replaces that, and nothing else. */
const manifestFile = 'export.json'
/** What is longer is none: Label Studio's own exports are called so too, and reach gigabytes. */
const longestManifest = 1024 * 1024
/** Where the earlier export waits until the new one is in its place. */
const earlierFolder = '.earlier'
/** How soon one that waits for another looks again: putting files in their place is a matter of milliseconds. */
const lockPollMs = 100

export interface StagedFolder {
  /** Where to write; inside the folder, because that may be a volume of its own. */
  path: string
  /**
   * Puts everything in its place: until then the earlier export stays whole, and after a failure it is there again. `manifest` is
   * written as export.json, with `files`.
   * @param signal ends the waiting for another run that is just doing the same
   * @throws ExportFault when something that is of no export has come into a place meanwhile; the signal's reason; Error of the file system
   */
  commit (manifest: object, signal?: AbortSignal): Promise<void>
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
  await findEarlier(out, entries)
  const path = await mkdtemp(join(out, '.export-'))
  const old = join(path, earlierFolder)

  return {
    path,
    async commit (manifest, signal) {
      const files = (await readdir(path)).sort()
      await writeFile(join(path, manifestFile), `${JSON.stringify({ ...manifest, files }, null, 2)}\n`)
      await mkdir(old)
      // Of two that end at once the second replaces the first as a whole.
      await withFolderLock(out, { name: '.export.lock', signal, pollMs: lockPollMs }, async () => {
        // Not what was there at the start: hours have passed.
        const earlier = await findEarlier(out, files)
        earlier.delete(manifestFile)
        // A folder cannot be renamed over another, and a file of the earlier export that this one has not would tell old things.
        await moveAll([
          ...[...earlier].map((name) => ({ from: join(out, name), to: join(old, name), mayBeMissing: true })),
          ...[...files, manifestFile].map((name) => ({ from: join(path, name), to: join(out, name), mayBeMissing: false }))
        ])
      }).catch(async (error: NodeJS.ErrnoException) => {
        if ((await readdir(old).catch(() => [])).length === 0) throw error
        throw new ExportFault(`The new files cannot be put into ${out} (${error.code}), nor all of the earlier export back: the rest of it lies in ${old}.`, { cause: error })
      })
      // Remains are no reason to call an export failed that is in its place.
      await rm(path, { recursive: true, force: true }).catch(() => {})
    },
    async discard () {
      await rmdir(old).catch(() => {})
      // What is left of an earlier export is not ours to remove.
      const names = (await readdir(path).catch(() => [])).filter((name) => name !== earlierFolder)
      for (const name of names) await rm(join(path, name), { recursive: true, force: true })
      await rmdir(path).catch(() => {})
      // A folder that was made for nothing; one that holds an export stays.
      if (made !== undefined) await rmdir(out).catch(() => {})
    }
  }
}

/** Moves all, or none as far as what stops it allows that. @throws Error of the file system */
async function moveAll (moves: ReadonlyArray<{ from: string, to: string, mayBeMissing: boolean }>): Promise<void> {
  const done: Array<{ from: string, to: string }> = []
  try {
    for (const { from, to, mayBeMissing } of moves) {
      try {
        await rename(from, to)
        done.push({ from, to })
      } catch (error) {
        if (!mayBeMissing || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    }
  } catch (error) {
    // The last one first: it has taken the place of an earlier one.
    for (const { from, to } of done.reverse()) await rename(to, from).catch(() => {})
    throw error
  }
}

/** Names that an earlier export has written into a folder, export.json included. @throws ExportFault when one of `names` is there and is none of them */
async function findEarlier (out: string, names: readonly string[]): Promise<Set<string>> {
  const earlier = await readManifest(join(out, manifestFile))
  const present = new Set(await readdir(out))
  const foreign = [...names, manifestFile].find((name) => present.has(name) && !earlier.has(name))
  if (foreign !== undefined) throw new ExportFault(`${join(out, foreign)} is there already, and not from an export. Name another folder with --out.`)
  return earlier
}

/** What the manifest says, itself included; empty when there is none. */
async function readManifest (path: string): Promise<Set<string>> {
  try {
    const entry = await stat(path)
    if (!entry.isFile() || entry.size > longestManifest) return new Set()
    const { files } = (JSON.parse(await readFile(path, 'utf8')) ?? {}) as { files?: unknown }
    return Array.isArray(files) && files.every(isName) ? new Set([...files, manifestFile]) : new Set()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || error instanceof SyntaxError) return new Set()
    throw error
  }
}

function isName (name: unknown): name is string {
  return typeof name === 'string' && /^[\w-][\w.-]*$/.test(name)
}

import type { Stats } from 'node:fs'
import { lstat, readdir, stat } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { isWithin } from './is-within.ts'
import { pictureEndings } from './picture-endings.ts'

/** Something that a person has named; paths are absolute. */
export type NamedPictures = { file: string } | PictureFolder

export interface PictureFolder {
  folder: string
  /** Whether a picture is meant, by its path below the folder, with `/` between the steps. */
  accepts: (path: string) => boolean
  /** How many folders deep it is looked for; 1: in the folder itself alone. */
  depth: number
}

export interface PictureFile {
  /** Its path below the root, with `/` between the steps: unique among all pictures. */
  name: string
  path: string
  /** Bytes and the time of the last change (ISO 8601), by which a changed file is known. */
  state: { bytes: number, modified: string }
}

/** A file or folder that could not be looked at; `fault` is the code of the system's error. */
export interface LostFile extends Omit<PictureFile, 'state'> {
  fault: string
}

export type FoundFile = PictureFile | LostFile

export interface ListOptions {
  /** Absolute; holds all sources. */
  root: string
  /** Absolute paths of folders that are left out. */
  except: ReadonlySet<string>
}

/**
 * Every picture that the sources name, once, one source after the other, each in order of names. In folders only what ends like
 * a picture counts, and nothing whose name begins with a dot; links to files are followed, links to folders are not (they
 * may form a ring). Only the names of the folders on the way are in memory.
 */
export async function * listPictures (sources: readonly NamedPictures[], options: ListOptions): AsyncGenerator<FoundFile> {
  const found = mayOverlap(sources) ? new Set<string>() : null
  for (const source of sources) {
    for await (const file of 'file' in source ? [describe(source.file, await stat(source.file).catch(toFault), options)] : walk(source, source.folder, 1, options)) {
      if (found?.has(file.name)) continue
      found?.add(file.name)
      yield file
    }
  }
}

async function * walk (source: PictureFolder, folder: string, depth: number, options: ListOptions): AsyncGenerator<FoundFile> {
  const names = await readdir(folder).catch(toFault)
  if (typeof names === 'string') {
    yield describe(folder, names, options)
    return
  }
  for (const name of names.sort()) {
    const path = join(folder, name)
    if (name.startsWith('.') || options.except.has(path)) continue
    const entry = await lstat(path).catch(toFault)
    if (typeof entry !== 'string' && entry.isDirectory()) {
      if (depth < source.depth) yield * walk(source, path, depth + 1, options)
    } else if (pictureEndings.has(extname(name).toLowerCase()) && source.accepts(toName(path, source.folder))) {
      const target = typeof entry !== 'string' && entry.isSymbolicLink() ? await stat(path).catch(toFault) : entry
      if (typeof target === 'string' || target.isFile()) yield describe(path, target, options)
    }
  }
}

/** @param entry links followed; the code of the fault where it cannot be looked at */
function describe (path: string, entry: Stats | string, { root }: ListOptions): FoundFile {
  const name = toName(path, root)
  return typeof entry === 'string' ? { name, path, fault: entry } : { name, path, state: { bytes: entry.size, modified: entry.mtime.toISOString() } }
}

function toFault (error: NodeJS.ErrnoException): string {
  return error.code ?? error.message
}

function toName (path: string, root: string): string {
  return relative(root, path).split(sep).join('/') || '.'
}

/** Whether a picture may be named twice. Only then names are kept: of 100,000 they take some 10 MB. */
function mayOverlap (sources: readonly NamedPictures[]): boolean {
  const folders = sources.flatMap((source) => 'file' in source ? [] : [source.folder])
  return folders.length < sources.length || folders.some((folder, index) => folders.some((other, place) => place !== index && isWithin(folder, other)))
}

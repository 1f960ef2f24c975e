import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import picomatch from 'picomatch'
import { isWithin } from '../picture-files/is-within.ts'
import type { NamedPictures } from '../picture-files/list-pictures.ts'
import { CliError } from './command.ts'

export interface PictureWords {
  sources: NamedPictures[]
  /** The deepest folder that holds them all, or the one that was asked for. */
  root: string
}

/**
 * What words of the command line mean: files, folders, or patterns that the shell has left alone. A file that is called like a
 * pattern is that file.
 * @param root folder that names begin in; null: as deep as can be
 * @throws CliError for a word that means nothing, or lies outside the root
 */
export async function readPictureWords (words: readonly string[], root: string | null): Promise<PictureWords> {
  if (words.length === 0) throw new CliError('No pictures are named: give files, folders or patterns ("photos/**/*.jpg").')
  const sources = await Promise.all(words.map(readWord))
  const folders = sources.map((source) => 'file' in source ? dirname(source.file) : source.folder)
  const common = folders.reduce(commonFolder)
  if (root !== null && !isWithin(common, root)) throw new CliError(`--root ${root} does not hold all of the pictures: ${common} does.`)
  return { sources, root: root ?? common }
}

async function readWord (word: string): Promise<NamedPictures> {
  const path = resolve(word)
  const entry = await stat(path).catch(() => null)
  if (entry?.isFile()) return { file: path }
  if (entry?.isDirectory()) return { folder: path, accepts: () => true, depth: Infinity }
  const { base, glob, isGlob } = picomatch.scan(word)
  if (!isGlob) throw new CliError(`There is no file or folder ${word}.`)
  const folder = resolve(base)
  if (!await stat(folder).then((entry) => entry.isDirectory(), () => false)) throw new CliError(`There is no folder ${base} (${word}).`)
  return { folder, accepts: picomatch(glob), depth: depthOf(glob) }
}

/** At least as deep as anything that it can match lies. */
function depthOf (glob: string): number {
  return /\*\*|[*+?@!]\(/.test(glob) ? Infinity : glob.split('/').length
}

function commonFolder (a: string, b: string): string {
  let common = a
  while (!isWithin(b, common) && dirname(common) !== common) common = dirname(common)
  return common
}

import { mkdir, readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ExportFault } from '../exports/export-fault.ts'
import { replaceFile } from '../model-store/replace-file.ts'
import { version } from '../version.ts'

/** The file that says what a run has written, and from where its pictures are named. */
const manifestFile = 'predict.json'

export interface RunManifest {
  /** Folder that the names of the pictures begin in. */
  root: string
  /** Whether every picture that was named has its record. */
  complete: boolean
}

/**
 * Makes the folder of a run, or takes that of an earlier one over.
 * @param entries names that may be written into it
 * @throws ExportFault when one of them is there and no run has written it, or when the names of an earlier run begin elsewhere, so
 *   that different pictures could have one name; Error of the file system
 */
export async function claimFolder (out: string, root: string, entries: readonly string[]): Promise<void> {
  await mkdir(out, { recursive: true })
  const earlier = await readEarlier(out)
  if (earlier === null) {
    const present = new Set(await readdir(out))
    const foreign = [...entries, manifestFile].find((name) => present.has(name))
    if (foreign !== undefined) throw new ExportFault(`${join(out, foreign)} is there already, and not from "predict". Name another folder with --out.`)
  } else if (earlier !== root) {
    throw new ExportFault(`${out} holds pictures named from ${earlier}, but these would be named from ${root}. Name another folder with --out, or the same beginning with --root.`)
  }
  await writeManifest(out, { root, complete: false })
}

/** @param facts further ones, for people and scripts */
export async function writeManifest (out: string, manifest: RunManifest, facts: object = {}): Promise<void> {
  await replaceFile(join(out, manifestFile), `${JSON.stringify({ program: `label-studio-rtmpose ${version}`, ...manifest, ...facts }, null, 2)}\n`)
}

/** The root of an earlier run; null when there was none. */
async function readEarlier (out: string): Promise<string | null> {
  try {
    const { root } = JSON.parse(await readFile(join(out, manifestFile), 'utf8')) as { root?: unknown }
    return typeof root === 'string' ? root : null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return null
    throw error
  }
}

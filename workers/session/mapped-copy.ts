/**
 * The cache folder of optimised networks: one folder per copy, with the graph, its weights in a file of their own, and facts
 * about both. The runtime maps the weights instead of reading them, so that all threads and processes of a host share them.
 * A copy holds a memory layout chosen for one processor by one version of the runtime: both are part of its name.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { env } from 'onnxruntime-node'
import { processorName } from './processor-name.ts'

export const GRAPH_FILE = 'model.onnx'
export const WEIGHTS_FILE = 'weights.bin'
const FACTS_FILE = 'facts.json'
const UNFINISHED = '.writing-'

/** Raise it when the same model is to be written differently. */
const COPY_VERSION = 1

const HOUR_MS = 3_600_000
/** A copy for another processor may serve another host that shares the folder; one that nobody opens for this long serves none. */
const UNUSED_MS = 30 * 24 * HOUR_MS
/** Writing takes seconds: an unfinished copy this old was left by a crash. */
const ABANDONED_MS = HOUR_MS

interface FileFacts { bytes: string, modified: string, changed: string, sha256: string }
interface CopyFacts { model: string, files: Record<string, FileFacts> }

/** Folder of the copy of a model for this processor and this version of the runtime. */
export async function mappedCopyFolder (dir: string, sha256: string): Promise<string> {
  const machine = createHash('sha256').update([COPY_VERSION, env.versions['node'], await processorName()].join('\n')).digest('hex')
  return join(dir, `${sha256.slice(0, 16)}-${machine.slice(0, 16)}`)
}

/**
 * The folder of a complete, unchanged copy; null when there is none. What does not fit is removed.
 * Size and times of the files are compared with the recorded ones, and their hashes only when the times differ, as after a
 * restored backup: reading hundreds of megabytes is what a copy is there to avoid.
 */
export async function findMappedCopy (dir: string, sha256: string): Promise<string | null> {
  const folder = await mappedCopyFolder(dir, sha256)
  const text = await readFile(join(folder, FACTS_FILE), 'utf8').catch(() => null)
  if (text === null) return null
  if (!await isIntact(folder, sha256, text).catch(() => false)) {
    await dropMappedCopy(folder)
    return null
  }
  await noteUse(folder)
  return folder
}

/** Threads that have it mapped keep it: the files lose their names only. */
export async function dropMappedCopy (folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(() => {})
}

/** A new folder beside the copies, for what is not finished. */
export function unfinishedFolder (dir: string): string {
  return join(dir, UNFINISHED + randomUUID())
}

/** Writes down what the files in `folder` are; for a new copy the last step before it gets its name. */
export async function describeMappedCopy (folder: string, sha256: string): Promise<void> {
  const facts: CopyFacts = { model: sha256, files: {} }
  for (const name of [GRAPH_FILE, WEIGHTS_FILE]) facts.files[name] = { ...await readTimes(join(folder, name)), sha256: await hashFile(join(folder, name)) }
  // Beside and renamed: another process may read them at this moment.
  const beside = join(folder, `${FACTS_FILE}.${randomUUID()}`)
  await writeFile(beside, JSON.stringify(facts, null, 2))
  await rename(beside, join(folder, FACTS_FILE))
}

/** A copy that is open already is in use still. No failure where it has gone or the folder is read-only. */
export async function noteMappedCopyUse (dir: string, sha256: string): Promise<void> {
  await noteUse(await mappedCopyFolder(dir, sha256))
}

/** Removes what crashes have left and what nobody has used for a month. */
export async function tidyMappedCopies (dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    const isUnfinished = name.startsWith(UNFINISHED)
    if (!isUnfinished && !/^[0-9a-f]{16}-[0-9a-f]{16}$/.test(name)) continue
    const telling = isUnfinished ? join(dir, name) : join(dir, name, FACTS_FILE)
    const age = Date.now() - await stat(telling).then(({ mtimeMs }) => mtimeMs, () => Infinity)
    if (age > (isUnfinished ? ABANDONED_MS : UNUSED_MS)) await dropMappedCopy(join(dir, name))
  }
}

async function isIntact (folder: string, sha256: string, text: string): Promise<boolean> {
  const facts = JSON.parse(text) as CopyFacts
  if (facts.model !== sha256) return false
  let isMoved = false
  for (const name of [GRAPH_FILE, WEIGHTS_FILE]) {
    const known = facts.files[name]
    const { bytes, modified, changed } = await readTimes(join(folder, name))
    if (known === undefined || known.bytes !== bytes) return false
    if (known.modified === modified && known.changed === changed) continue
    if (known.sha256 !== await hashFile(join(folder, name))) return false
    isMoved = true
  }
  if (isMoved) await describeMappedCopy(folder, sha256).catch(() => {})
  return true
}

async function readTimes (path: string): Promise<Omit<FileFacts, 'sha256'>> {
  const { size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
  return { bytes: String(size), modified: String(mtimeNs), changed: String(ctimeNs) }
}

async function hashFile (path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash)
  return hash.digest('hex')
}

/** Once a day is enough to tell that somebody uses it. */
async function noteUse (folder: string): Promise<void> {
  const facts = join(folder, FACTS_FILE)
  const now = new Date()
  try {
    if (now.getTime() - (await stat(facts)).mtimeMs > 24 * HOUR_MS) await utimes(facts, now, now)
  } catch {}
}

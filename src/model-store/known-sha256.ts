import { createHash } from 'node:crypto'
import { mkdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { replaceFile } from './replace-file.ts'
import { sha256File } from './sha256-file.ts'

/** Where hashes are remembered. */
export interface HashMemory {
  dir: string
  /** Smaller files are hashed each time. */
  leastBytes: number
}

/** What tells a file from the one that was hashed: writing to it or replacing it moves the time of change, which no program can set. */
interface Times { bytes: string, modified: string, changed: string }

/** A file this young may still change within the resolution of its times. */
const SETTLED_MS = 2000

/**
 * SHA-256 of a file, remembered until its size or one of its times changes: hashing the models of `balanced` anew took
 * longer than loading their mapped copies.
 * @param memory null: hash it anew
 * @throws Error of the file system
 */
export async function knownSha256 (path: string, memory: HashMemory | null): Promise<string> {
  if (memory === null || (await stat(path)).size < memory.leastBytes) return await sha256File(path)
  const before = await readTimes(path)
  const note = join(memory.dir, `${createHash('sha256').update(resolve(path)).digest('hex').slice(0, 16)}.sha256.json`)
  const known = await recall(note)
  if (known !== null && isSame(known, before)) return known.sha256
  const sha256 = await sha256File(path)
  if (isSame(await readTimes(path), before) && isSettled(before)) await remember(memory.dir, note, { path: resolve(path), ...before, sha256 }).catch(() => {})
  return sha256
}

async function recall (note: string): Promise<(Times & { sha256: string }) | null> {
  try {
    const known = JSON.parse(await readFile(note, 'utf8')) as Times & { sha256: string }
    return /^[0-9a-f]{64}$/.test(known.sha256) ? known : null
  } catch {
    return null
  }
}

async function remember (dir: string, note: string, facts: object): Promise<void> {
  await mkdir(dir, { recursive: true })
  await replaceFile(note, JSON.stringify(facts, null, 2))
}

async function readTimes (path: string): Promise<Times> {
  const { size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
  return { bytes: String(size), modified: String(mtimeNs), changed: String(ctimeNs) }
}

function isSame (a: Times, b: Times): boolean {
  return a.bytes === b.bytes && a.modified === b.modified && a.changed === b.changed
}

function isSettled ({ modified, changed }: Times): boolean {
  const now = BigInt(Date.now() - SETTLED_MS) * 1_000_000n
  return BigInt(modified) < now && BigInt(changed) < now
}

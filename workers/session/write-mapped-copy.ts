import { mkdir, open, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Tensor, type InferenceSession } from 'onnxruntime-node'
import type { ModelFile } from '../protocol.ts'
import { openMappedCopy, writeOptimised, type Session } from './create-session.ts'
import { tensorShapes } from './graph-shape.ts'
import { describeMappedCopy, dropMappedCopy, findMappedCopy, GRAPH_FILE, mappedCopyFolder, unfinishedFolder, WEIGHTS_FILE } from './mapped-copy.ts'

/** Side of the trial picture where a graph leaves it open. */
const TRIAL_SIDE = 640

/**
 * Writes the mapped copy of a model unless there is one, and compares its answers with those of the model first.
 * Written beside and renamed: a copy with a name is complete, and of several processes that write at the same time the first wins.
 * @throws Error of the file system or of the runtime, or a sentence when the answers differ; then nothing is left behind
 */
export async function writeMappedCopy (dir: string, { role, path, sha256 }: ModelFile, intraOpThreads: number): Promise<void> {
  if (await findMappedCopy(dir, sha256) !== null) return
  const folder = await mappedCopyFolder(dir, sha256)
  const beside = unfinishedFolder(dir)
  await mkdir(beside, { recursive: true })
  try {
    const original = await writeOptimised(path, role, intraOpThreads, join(beside, GRAPH_FILE), WEIGHTS_FILE)
    const wanted = await runTrial(original)
    await original.release()
    // A graph whose constants are all tiny has no weights beside it.
    await (await open(join(beside, WEIGHTS_FILE), 'a')).close()
    const copy = await openMappedCopy(beside, role, intraOpThreads)
    const actual = await runTrial(copy)
    await copy.release()
    if (!isEqual(wanted, actual)) throw new Error(`the mapped copy of ${path} gives other results than the model itself`)
    await syncFiles(beside)
    await describeMappedCopy(beside, sha256)
    // What is left of a copy that was being dropped when its process crashed.
    if (await findMappedCopy(dir, sha256) === null) await dropMappedCopy(folder)
    await rename(beside, folder)
    await sync(dirname(folder)).catch(() => {})
  } catch (error) {
    await dropMappedCopy(beside)
    // The name is taken: another process was faster.
    if (await findMappedCopy(dir, sha256) === null) throw error
  }
}

/** Answers to noise: unlike an empty picture it makes every weight count. */
async function runTrial (session: Session): Promise<InferenceSession.OnnxValueMapType> {
  const feeds: Record<string, Tensor> = {}
  for (const { name, dims } of tensorShapes(session.inputMetadata)) {
    const shape = dims.map((dim, axis) => typeof dim === 'number' && dim > 0 ? dim : axis === 0 ? 1 : TRIAL_SIDE)
    let state = 1
    const data = Float32Array.from({ length: shape.reduce((size, dim) => size * dim, 1) }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return (state >>> 24) - 114
    })
    feeds[name] = new Tensor('float32', data, shape)
  }
  return await session.run(feeds)
}

/** To the last bit: the copy is the same graph in the same order of operations. */
function isEqual (wanted: InferenceSession.OnnxValueMapType, actual: InferenceSession.OnnxValueMapType): boolean {
  return Object.entries(wanted).every(([name, value]) => {
    const [a, b] = [value as Tensor, actual[name] as Tensor | undefined]
    return b !== undefined && a.dims.join() === b.dims.join() && Buffer.compare(bytesOf(a), bytesOf(b)) === 0
  })
}

function bytesOf ({ data }: Tensor): Uint8Array {
  const { buffer, byteOffset, byteLength } = data as Float32Array
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** A renamed folder must not outlive a power cut that its files did not. */
async function syncFiles (folder: string): Promise<void> {
  for (const name of [GRAPH_FILE, WEIGHTS_FILE]) await sync(join(folder, name))
}

async function sync (path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

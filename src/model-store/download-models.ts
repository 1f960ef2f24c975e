import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { ModelEntry } from '../../models/model-entry.ts'
import { createDownloadDispatcher } from './create-download-dispatcher.ts'
import { DownloadFault, explainDownloadFault } from './download-fault.ts'
import type { Patience } from './download-file.ts'
import { fetchModel, type FetchedModel } from './fetch-model.ts'
import { withFolderLock } from '../folder-lock.ts'
import { modelAddresses } from './model-addresses.ts'
import { addPins, readPins, type Pins } from './pinned-hashes.ts'
import { sizeOf } from './size-of.ts'

export interface DownloadModelsOptions {
  modelDir: string
  mirror: string | null
  maxBytes: number
  signal: AbortSignal
  onProgress (progress: readonly FileProgress[]): void
  patience?: Patience
}

export interface FileProgress {
  title: string
  received: number
  /** null until the server has said it. */
  total: number | null
}

export interface DownloadedModel extends FetchedModel {
  /** Its hash was not known before and stands in the lock file from now on. */
  isPinned: boolean
}

/**
 * Downloads model files into the folder, all at once, in one process among all that share the folder: the others wait
 * until the files are there.
 * @returns those that this process has downloaded
 * @throws DownloadFault naming each file that could not be had, with what was wrong with each address; PoseError
 *   MODEL_BROKEN when the lock file is damaged; the reason of `signal` when it was called off
 */
export async function downloadModels (entries: readonly ModelEntry[], options: DownloadModelsOptions): Promise<DownloadedModel[]> {
  const { modelDir, mirror, signal, onProgress } = options
  const isThere = async ({ file }: ModelEntry) => await sizeOf(join(modelDir, file)) > 0
  try {
    await mkdir(modelDir, { recursive: true })
    return await withFolderLock(modelDir, {
      name: '.download.lock',
      lostReason: new DownloadFault('the lock of the folder was lost'),
      signal,
      onWait: async () => {
        onProgress(await Promise.all(entries.map((entry) => watchFile(entry, modelDir, mirror))))
        return (await Promise.all(entries.map(isThere))).every(Boolean)
      }
    }, async (held) => {
      const there = await Promise.all(entries.map(isThere))
      return await fetchAll(entries.filter((_, index) => !there[index]), { ...options, signal: held })
    }) ?? []
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof DownloadFault || !(error instanceof Error && 'syscall' in error)) throw error
    throw new DownloadFault(`${modelDir}: ${explainDownloadFault(error).message}`)
  }
}

async function fetchAll (entries: readonly ModelEntry[], options: DownloadModelsOptions): Promise<DownloadedModel[]> {
  const { modelDir, signal, onProgress } = options
  const pins = await readPins(modelDir)
  const dispatcher = createDownloadDispatcher()
  const progress: FileProgress[] = entries.map(({ title }) => ({ title, received: 0, total: null }))
  const unreachable = new Map<string, string>()
  // One that fails does not stop the other: what is there need not be fetched again.
  const results = await Promise.allSettled(entries.map(async (entry, index) => await fetchModel({
    ...options,
    entry: withPin(entry, pins),
    dispatcher,
    unreachable,
    onProgress: (received, total) => {
      progress[index] = { title: entry.title, received, total }
      onProgress(progress)
    }
  })))
  await dispatcher.destroy()
  const fetched = results.flatMap((result) => result.status === 'fulfilled' ? [{ ...result.value, isPinned: result.value.entry.sha256 === null }] : [])
  const date = new Date().toISOString()
  const added = fetched.filter(({ isPinned }) => isPinned).map(({ entry, sha256, bytes, address }) => [entry.file, { sha256, bytes, address, date }] as const)
  if (added.length > 0) await addPins(modelDir, Object.fromEntries(added))
  signal.throwIfAborted()
  const reasons = results.flatMap((result, index) => result.status === 'rejected' ? [describe(entries[index]!, result.reason)] : [])
  if (reasons.length > 0) throw new DownloadFault(reasons.join('. '))
  return fetched
}

function describe ({ title }: ModelEntry, reason: unknown): string {
  return `${title} could not be downloaded (${explainDownloadFault(reason).message})`
}

function withPin (entry: ModelEntry, pins: Pins): ModelEntry {
  const pin = entry.sha256 === null ? pins[entry.file] : undefined
  return pin === undefined ? entry : { ...entry, sha256: pin.sha256, bytes: pin.bytes }
}

/** How far another process is: its unfinished files grow in the shared folder. */
async function watchFile (entry: ModelEntry, modelDir: string, mirror: string | null): Promise<FileProgress> {
  const names = new Set(modelAddresses(entry, mirror).map((address) => `.${basename(new URL(address).pathname)}.part`))
  const sizes = await Promise.all([...names, entry.file].map((name) => sizeOf(join(modelDir, name))))
  return { title: entry.title, received: Math.max(0, ...sizes), total: null }
}

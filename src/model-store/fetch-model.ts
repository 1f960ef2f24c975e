import { chmod, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Dispatcher } from 'undici'
import type { ModelEntry } from '../../models/model-entry.ts'
import { DownloadFault, explainDownloadFault } from './download-fault.ts'
import { downloadFile, dropPart, type Patience } from './download-file.ts'
import { modelAddresses } from './model-addresses.ts'
import { sha256File } from './sha256-file.ts'
import { sniffModelFile, unpackOnnx } from './unpack-onnx.ts'

export interface FetchOptions {
  /** What is known of the file; a hash pinned earlier stands in for one the registry lacks. */
  entry: ModelEntry
  modelDir: string
  mirror: string | null
  maxBytes: number
  dispatcher: Dispatcher
  signal: AbortSignal
  /** Origins that could not be reached, shared by all files of one run. */
  unreachable: Map<string, string>
  onProgress (received: number, total: number | null): void
  patience?: Patience
}

export interface FetchedModel {
  entry: ModelEntry
  sha256: string
  bytes: number
  address: string
}

/**
 * Downloads one model file: addresses in turn, archives unpacked, size and hash checked, and only then given its name.
 * @throws DownloadFault with what was wrong with each address; the reason of `signal` when it was called off
 */
export async function fetchModel (options: FetchOptions): Promise<FetchedModel> {
  const { entry, modelDir, mirror, unreachable, signal } = options
  const addresses = modelAddresses(entry, mirror)
  if (addresses.length === 0) throw new DownloadFault('no address of it is known')
  const reasons: string[] = []
  for (const address of addresses) {
    const { origin, host } = new URL(address)
    const known = unreachable.get(origin)
    if (known !== undefined) {
      if (!reasons.includes(`${host}: ${known}`)) reasons.push(`${host}: ${known}`)
      continue
    }
    try {
      return await fetchFrom(address, options)
    } catch (error) {
      signal.throwIfAborted()
      const fault = explainDownloadFault(error)
      if (fault.ofFolder) throw new DownloadFault(`${modelDir}: ${fault.message}`)
      if (fault.unreachable) unreachable.set(origin, fault.message)
      reasons.push(`${fault.unreachable ? host : address}: ${fault.message}`)
    }
  }
  throw new DownloadFault(reasons.join('; '))
}

async function fetchFrom (address: string, options: FetchOptions): Promise<FetchedModel> {
  const { entry, modelDir, maxBytes } = options
  const isArchive = address.toLowerCase().endsWith('.zip')
  const sha256 = isArchive ? entry.archiveSha256 : entry.sha256
  const part = join(modelDir, `.${basename(new URL(address).pathname)}.part`)
  const received = await receive(address, part, isArchive ? null : entry.bytes, sha256, options)

  const kind = await sniffModelFile(part)
  if (kind === 'other') {
    await dropPart(part)
    throw new DownloadFault('what came is neither an .onnx nor a .zip')
  }
  // What the file is counts, not how it is called.
  const file = kind === 'zip' ? join(modelDir, `.${entry.file}.unpacked`) : part
  try {
    if (kind === 'zip') await unpackOnnx(part, file, maxBytes)
    const bytes = (await stat(file)).size
    const actual = file === part ? received : await sha256File(file)
    if (entry.bytes !== null && bytes !== entry.bytes) throw new DownloadFault(`what came has ${bytes} bytes instead of ${entry.bytes}`)
    if (entry.sha256 !== null && actual !== entry.sha256) throw new DownloadFault(`what came has the SHA-256 ${actual} instead of ${entry.sha256}`)
    if (kind === 'zip' && await sniffModelFile(file) !== 'onnx') throw new DownloadFault('the .onnx of the archive is none')
    // Replicas may run as other users.
    await chmod(file, 0o644)
    await rename(file, join(modelDir, entry.file))
    await dropPart(part)
    return { entry, sha256: actual, bytes, address }
  } catch (error) {
    await rm(file, { force: true })
    // A disk that is full says nothing against what came.
    if (error instanceof DownloadFault) await dropPart(part)
    throw error
  }
}

/**
 * Downloads into `part` and checks the hash. What an earlier try has left may belong to another file: then once more from
 * the beginning.
 * @returns SHA-256 of what came
 */
async function receive (address: string, part: string, bytes: number | null, sha256: string | null, options: FetchOptions): Promise<string> {
  for (let isFresh = !await exists(part); ; isFresh = true) {
    let fault: unknown = null
    try {
      await downloadFile({ ...options, address, part, bytes, isChecked: sha256 !== null })
    } catch (error) {
      options.signal.throwIfAborted()
      // A server that announces more than it has ends every try early, and all of it may be there.
      if (sha256 === null || !(error instanceof DownloadFault && error.transient)) throw error
      fault = error
    }
    const actual = await exists(part) ? await sha256File(part) : null
    if (actual !== null && (sha256 === null || actual === sha256)) return actual
    if (fault !== null) throw fault
    await dropPart(part)
    if (isFresh) throw new DownloadFault(`what came has the SHA-256 ${actual} instead of ${sha256}`)
  }
}

async function exists (path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false)
}

import { join } from 'node:path'
import { createPoseError } from '../errors.ts'
import { describeAddress } from './describe-address.ts'
import { splitInsidePath } from './split-inside-path.ts'

/** Where the bytes of a picture are to be looked for. */
export type PicturePlan =
  | { kind: 'inline', dataUri: string }
  /** Belongs to Label Studio: the file first, then the addresses in turn, all on Label Studio's own origin. */
  | { kind: 'label-studio', file: PictureFile | null, urls: URL[] }
  | { kind: 'web', url: URL }

/** A file below `root`; `segments` hold no `..`. */
export interface PictureFile {
  root: string
  segments: string[]
}

export interface AddressContext {
  /** Label Studio as seen from here, maybe under a path prefix. */
  labelStudioUrl: URL | null
  /** Label Studio's data folder (holds media/upload). */
  dataDir: string | null
  /** LOCAL_FILES_DOCUMENT_ROOT of Label Studio. */
  localFilesDir: string | null
  /** Origins named by the configuration: they are meant as they stand and never rewritten. */
  imageOrigins: ReadonlySet<string>
  /** What Label Studio calls itself in /setup: an address there may be one that only browsers can reach. */
  setupHostname: string | null
}

const LONGEST_ADDRESS = 8192
const CLOUD_SCHEMES = new Set(['s3', 'gs', 'azure-blob'])

/**
 * Reads the address of a picture as it stands in a task. Looks nothing up.
 * Forms: Label Studio's protocol as its SDK resolves it (get_local_path), and its path prefixes.
 * @throws PoseError SOURCE_MISSING, SOURCE_UNSUPPORTED, SOURCE_OUTSIDE
 */
export function resolvePictureAddress (address: string, context: AddressContext): PicturePlan {
  const text = address.trim()
  if (text === '') throw createPoseError('SOURCE_MISSING', 'the address is empty')
  if (/^data:/i.test(text)) return { kind: 'inline', dataUri: text }
  if (text.length > LONGEST_ADDRESS) throw createPoseError('SOURCE_UNSUPPORTED', `the address has ${text.length} characters`)
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase()
  if (scheme === 'http' || scheme === 'https') return resolveAbsolute(text, context)
  if (scheme !== undefined) {
    throw createPoseError('SOURCE_UNSUPPORTED', CLOUD_SCHEMES.has(scheme) ? `${scheme}:// is a cloud storage, which cannot be read from here` : `${scheme}: address`)
  }
  // `//host/path` is another host, however much its path looks like Label Studio's.
  const target = /^[\\/]{2}/.test(text) ? null : readLabelStudioPath(text)
  if (target === null) throw createPoseError('SOURCE_UNSUPPORTED', describeAddress(text))
  return planLabelStudio(target, null, context)
}

function resolveAbsolute (text: string, context: AddressContext): PicturePlan {
  const url = parseUrl(text)
  // The path as written: URL has already folded `..` away, and a traversal shall be refused, not followed.
  const target = readLabelStudioPath(text.replace(/^https?:[\\/]*[^\\/?#]*/i, ''))
  if (url.origin === context.labelStudioUrl?.origin) {
    return target === null ? { kind: 'label-studio', file: null, urls: [url] } : planLabelStudio(target, url, context)
  }
  if (target !== null && !context.imageOrigins.has(url.origin) && meansLabelStudio(url.hostname, context)) {
    return planLabelStudio(target, null, context)
  }
  return { kind: 'web', url }
}

function parseUrl (text: string): URL {
  try {
    return new URL(text)
  } catch {
    throw createPoseError('SOURCE_UNSUPPORTED', `${describeAddress(text)} is not a valid address`)
  }
}

/** localhost, Label Studio's host under another port or scheme, and the host it names in /setup. */
function meansLabelStudio (hostname: string, { labelStudioUrl, setupHostname }: AddressContext): boolean {
  if (/^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1\])$/.test(hostname)) return true
  if (hostname === labelStudioUrl?.hostname) return true
  return setupHostname !== null && URL.canParse(setupHostname) && hostname === new URL(setupHostname).hostname
}

/** A path of Label Studio, freed of prefixes. */
interface LabelStudioPath {
  /** From `data/...` on, with the query, encoded as it came. */
  path: string
  /** The other path that may serve the same file. */
  otherPath: string | null
  folder: 'media' | 'local-files' | null
  /** Decoded, relative to the folder. */
  filePath: string
}

function readLabelStudioPath (text: string): LabelStudioPath | null {
  const [, rawPath = '', query = ''] = /^([^?#]*)(\?[^#]*)?/.exec(text) ?? []
  // As every URL parser will read it.
  const path = rawPath.replaceAll('\\', '/')
  const parameter = (name: string) => new URLSearchParams(query).get(name)

  const upload = /^(?:.*?\/)?data\/upload\/(.+)$/s.exec(path)?.[1] ?? /^\/?upload\/(.+)$/s.exec(path)?.[1]
  if (upload !== undefined) {
    const filePath = `upload/${decode(upload)}`
    return {
      path: `data/upload/${upload}${query}`,
      // Where uploads live in a cloud, Label Studio serves them here only.
      otherPath: `storage-data/uploaded/?filepath=${encodeURIComponent(filePath)}`,
      folder: 'media',
      filePath
    }
  }
  if (/(^|\/)storage-data\/uploaded\/?$/.test(path)) {
    const filePath = parameter('filepath')
    if (filePath === null) throw createPoseError('SOURCE_UNSUPPORTED', `${describeAddress(path)} without filepath`)
    const isUpload = filePath.startsWith('upload/')
    return {
      path: `storage-data/uploaded/${query}`,
      otherPath: isUpload ? `data/${encodeSegments(filePath)}` : null,
      folder: isUpload ? 'media' : null,
      filePath
    }
  }
  if (/(^|\/)data\/local-files\/?$/.test(path)) {
    const filePath = parameter('d')
    if (filePath === null) throw createPoseError('SOURCE_UNSUPPORTED', `${describeAddress(path)} without d`)
    return { path: `data/local-files/${query}`, otherPath: null, folder: 'local-files', filePath }
  }
  // Tasks read over Label Studio's API carry these for cloud storages; other `data/` paths are its own affair.
  const served = /^(?:.*?\/)?((?:tasks|projects)\/\d+\/(?:resolve|presign|file-proxy)\/?)$/s.exec(path)?.[1] ??
    /^(?:.*?\/)?(data\/.+)$/s.exec(path)?.[1]
  return served === undefined ? null : { path: served + query, otherPath: null, folder: null, filePath: decode(served) }
}

function planLabelStudio (target: LabelStudioPath, ownUrl: URL | null, context: AddressContext): PicturePlan {
  const segments = splitInsidePath(target.filePath)
  const base = context.labelStudioUrl
  const urls: URL[] = []
  if (base !== null) {
    urls.push(ownUrl ?? onLabelStudio(target.path, base))
    if (target.otherPath !== null) urls.push(onLabelStudio(target.otherPath, base))
  }
  return { kind: 'label-studio', file: planFile(target.folder, segments, context), urls }
}

function planFile (folder: LabelStudioPath['folder'], segments: string[], { dataDir, localFilesDir }: AddressContext): PictureFile | null {
  if (folder === 'media' && dataDir !== null) return { root: join(dataDir, 'media', 'upload'), segments: segments.slice(1) }
  if (folder === 'local-files' && localFilesDir !== null) return { root: localFilesDir, segments }
  return null
}

function onLabelStudio (path: string, base: URL): URL {
  return new URL(path, `${base.origin}${base.pathname.replace(/\/*$/, '/')}`)
}

function encodeSegments (path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

/** Segment by segment: a name with a bare `%` is taken as it is and hides no `%2e%2e` beside it. */
function decode (text: string): string {
  return text.split('/').map((segment) => {
    try {
      return decodeURIComponent(segment)
    } catch {
      return segment
    }
  }).join('/')
}

import { join } from 'node:path'
import { createPoseError } from '../errors.ts'
import { describeAddress } from './describe-address.ts'
import type { PictureOwner } from './picture-loader.ts'
import { splitInsidePath } from './split-inside-path.ts'

/** Where the bytes of a picture are to be looked for. */
export type PicturePlan =
  | { kind: 'inline', dataUri: string }
  /** Belongs to Label Studio: the file first, then the addresses in turn, all of them its data paths below `labelStudioUrl`. */
  | { kind: 'label-studio', file: LocalPicture | null, urls: URL[] }
  /** Any other server, and what of Label Studio's origin holds no data of tasks: its token is not for these. */
  | { kind: 'web', url: URL }

/** A file below `root`; `segments` hold no `..`. */
export interface LocalPicture {
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
  /** Whose picture it is: Label Studio opens its cloud storages for a task or a project. */
  owner: PictureOwner | null
}

const LONGEST_ADDRESS = 8192
const CLOUD_SCHEMES = new Set(['s3', 'gs', 'azure-blob'])

/**
 * Reads the address of a picture as it stands in a task. Looks nothing up.
 * Forms: Label Studio's protocol as its SDK resolves it (get_local_path), and its path prefixes.
 * @throws PoseError SOURCE_MISSING, SOURCE_UNSUPPORTED, SOURCE_OUTSIDE, and nothing else, whatever the text
 */
export function resolvePictureAddress (address: string, context: AddressContext): PicturePlan {
  const trimmed = address.trim()
  if (trimmed === '') throw createPoseError('SOURCE_MISSING', 'the address is empty')
  if (/^data:/i.test(trimmed)) return { kind: 'inline', dataUri: trimmed }
  if (trimmed.length > LONGEST_ADDRESS) throw createPoseError('SOURCE_UNSUPPORTED', `the address has ${trimmed.length} characters`)
  const text = readAsUrl(trimmed)
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase()
  if (scheme === 'http' || scheme === 'https') return resolveAbsolute(text, context)
  if (scheme !== undefined && CLOUD_SCHEMES.has(scheme)) return planCloudStorage(text, context)
  if (scheme !== undefined) throw createPoseError('SOURCE_UNSUPPORTED', `${scheme}: address`)
  // `//host/path` is another host, however much its path looks like Label Studio's.
  const target = /^[\\/]{2}/.test(text) ? null : readLabelStudioPath(text)
  if (target === null) throw createPoseError('SOURCE_UNSUPPORTED', describeAddress(text))
  return planLabelStudio(target, context)
}

/**
 * URL drops tabs and line ends: a check that still sees `.<tab>.` would pass what is sent as `..`. Half a surrogate
 * pair becomes U+FFFD there, and encodeURIComponent throws at it.
 */
function readAsUrl (text: string): string {
  return text.replace(/[\t\n\r]/g, '').replace(/\p{Surrogate}/gu, '\ufffd')
}

function resolveAbsolute (text: string, context: AddressContext): PicturePlan {
  const url = parseUrl(text)
  // The path as written: URL has already folded `..` away, and a traversal shall be refused, not followed.
  const target = readLabelStudioPath(text.replace(/^https?:[\\/]*[^\\/?#]*/i, ''))
  if (target === null) return { kind: 'web', url }
  if (url.origin === context.labelStudioUrl?.origin) {
    splitInsidePath(target.filePath)
    return isDataPath(url, target, context.labelStudioUrl) ? planLabelStudio(target, context) : { kind: 'web', url }
  }
  if (!context.imageOrigins.has(url.origin) && meansLabelStudio(url.hostname, context)) return planLabelStudio(target, context)
  return { kind: 'web', url }
}

/**
 * Whether an address on Label Studio's own origin means the data path that was found in it. It does directly below
 * Label Studio; an upload or local file also below a prefix that the configuration does not name, but never the API's.
 */
function isDataPath (url: URL, target: LabelStudioPath, base: URL): boolean {
  const withoutSlash = (path: string) => path.replace(/\/$/, '')
  if (withoutSlash(url.pathname) === withoutSlash(onLabelStudio(target.path, base).pathname)) return true
  return target.folder !== null && !/(^|\/)api(\/|$)/i.test(decode(url.pathname))
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

function planLabelStudio (target: LabelStudioPath, context: AddressContext): PicturePlan {
  const segments = splitInsidePath(target.filePath)
  const base = context.labelStudioUrl
  const urls: URL[] = []
  if (base !== null) {
    urls.push(onLabelStudio(target.path, base))
    if (target.otherPath !== null) urls.push(onLabelStudio(target.otherPath, base))
  }
  return { kind: 'label-studio', file: planFile(target.folder, segments, context), urls }
}

/**
 * Label Studio holds the keys of its cloud storages: it answers with the file, or redirects to a signed address.
 * `fileuri` is URL-safe base64 with its padding: without it Label Studio takes the text for the address itself.
 */
function planCloudStorage (text: string, { labelStudioUrl, owner }: AddressContext): PicturePlan {
  const place = owner?.task != null ? `tasks/${owner.task}` : owner?.project != null ? `projects/${owner.project}` : null
  if (place === null) throw createPoseError('SOURCE_UNSUPPORTED', `${text.slice(0, text.indexOf(':'))}:// is a cloud storage, which Label Studio opens only for a task or project that has a number`)
  if (labelStudioUrl === null) return { kind: 'label-studio', file: null, urls: [] }
  const fileuri = Buffer.from(text).toString('base64').replaceAll('+', '-').replaceAll('/', '_')
  return { kind: 'label-studio', file: null, urls: [onLabelStudio(`${place}/resolve/?fileuri=${encodeURIComponent(fileuri)}`, labelStudioUrl)] }
}

function planFile (folder: LabelStudioPath['folder'], segments: string[], { dataDir, localFilesDir }: AddressContext): LocalPicture | null {
  if (folder === 'media' && dataDir !== null) return { root: join(dataDir, 'media', 'upload'), segments: segments.slice(1) }
  if (folder === 'local-files' && localFilesDir !== null) return { root: localFilesDir, segments }
  return null
}

/** @throws PoseError SOURCE_OUTSIDE when the address would not begin as the path does: what is sent has the last word */
function onLabelStudio (path: string, base: URL): URL {
  const root = base.pathname.replace(/\/*$/, '/')
  const url = new URL(path, `${base.origin}${root}`)
  const [area] = path.split('/', 1)
  if (!url.pathname.startsWith(`${root}${area}/`)) throw createPoseError('SOURCE_OUTSIDE', describeAddress(path))
  return url
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

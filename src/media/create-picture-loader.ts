import { createPoseError, isPoseError } from '../errors.ts'
import { createDispatcher } from './create-dispatcher.ts'
import { decodeDataUri } from './decode-data-uri.ts'
import { describeAddress } from './describe-address.ts'
import { downloadPicture } from './download-picture.ts'
import type { PictureLoader, PictureSource } from './picture-loader.ts'
import { readLocalPicture } from './read-local-picture.ts'
import type { LabelStudioAuth, RequestTools } from './request-picture.ts'
import { resolvePictureAddress, type PicturePlan } from './resolve-picture-address.ts'
import { createTimeLimit, type TimeLimit } from './time-limit.ts'

export interface PictureLoaderOptions {
  /** Label Studio as seen from here, maybe under a path prefix. */
  labelStudioUrl: string | null
  labelStudioAuth: LabelStudioAuth
  dataDir: string | null
  localFilesDir: string | null
  /** scheme://host:port whose address may be private. Label Studio's own origin need not be named. */
  imageOrigins: readonly string[]
  maxBytes: number
  /** For one picture, retries included. */
  timeoutMs: number
  /** What Label Studio said of itself in /setup, if it has called yet. */
  setupHostname?: () => string | null
  /** Headers by which Label Studio's part of a trace is found. */
  traceHeaders?: () => Readonly<Record<string, string>>
}

/** @throws Error when an origin of the configuration cannot be read */
export function createPictureLoader (options: PictureLoaderOptions): PictureLoader {
  const { dataDir, localFilesDir, maxBytes, timeoutMs } = options
  const labelStudioUrl = options.labelStudioUrl === null ? null : readUrl('LABEL_STUDIO_URL', options.labelStudioUrl)
  const imageOrigins = new Set(options.imageOrigins.map((origin) => readOrigin(origin)))
  const allowedOrigins = new Set(imageOrigins)
  if (labelStudioUrl !== null) allowedOrigins.add(labelStudioUrl.origin)
  const dispatcher = createDispatcher({ allowedOrigins, maxBytes, timeoutMs })
  const tools: RequestTools = {
    dispatcher,
    labelStudioAuth: options.labelStudioAuth,
    labelStudioOrigin: labelStudioUrl?.origin ?? null,
    traceHeaders: options.traceHeaders ?? (() => ({})),
    maxBytes
  }
  let closed = false

  async function fetchBytes ({ address, basicAuth, owner }: PictureSource, limit: TimeLimit): Promise<Uint8Array<ArrayBuffer>> {
    const setupHostname = options.setupHostname?.() ?? null
    const plan = resolvePictureAddress(address, { labelStudioUrl, dataDir, localFilesDir, imageOrigins, setupHostname, owner: owner ?? null })
    switch (plan.kind) {
      case 'inline': return decodeDataUri(plan.dataUri, maxBytes)
      case 'web': return await downloadPicture({ kind: 'web', urls: [plan.url], basicAuth }, tools, limit)
      case 'label-studio': return await fetchFromLabelStudio(plan, address, limit)
    }
  }

  async function fetchFromLabelStudio (
    { file, urls }: Extract<PicturePlan, { kind: 'label-studio' }>, address: string, limit: TimeLimit
  ): Promise<Uint8Array<ArrayBuffer>> {
    if (file !== null) {
      try {
        return await limit.race(readLocalPicture(file, maxBytes, limit.signal))
      } catch (error) {
        // Label Studio may have it elsewhere, or keep its folder to itself.
        const elsewhere = isPoseError(error) && (error.errorName === 'SOURCE_NOT_FOUND' || error.errorName === 'SOURCE_DENIED')
        if (!elsewhere || urls.length === 0) throw error
      }
    }
    if (urls.length === 0) throw createPoseError('LABEL_STUDIO_ADDRESS', describeAddress(address))
    return await downloadPicture({ kind: 'label-studio', urls, basicAuth: null }, tools, limit)
  }

  return {
    async load (source, signal) {
      if (closed) throw createPoseError('SHUTTING_DOWN', describeAddress(source.address))
      const limit = createTimeLimit(signal, timeoutMs, describeAddress(source.address))
      try {
        limit.signal.throwIfAborted()
        const bytes = await fetchBytes(source, limit)
        if (bytes.byteLength === 0) throw createPoseError('IMAGE_UNREADABLE', `${describeAddress(source.address)} is empty`)
        return bytes
      } catch (error) {
        throw closed ? createPoseError('SHUTTING_DOWN', describeAddress(source.address)) : error
      } finally {
        limit.end()
      }
    },
    async close () {
      closed = true
      await dispatcher.destroy()
    }
  }
}

function readOrigin (text: string): string {
  const url = readUrl('IMAGE_ORIGINS', text)
  // A path would suggest that the permission ends there; it never does.
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '') throw invalid('IMAGE_ORIGINS', text)
  return url.origin
}

function readUrl (variable: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') throw invalid(variable, text)
  return url
}

function invalid (variable: string, text: string): Error {
  return new Error(`${variable}=${text} is not valid: allowed is ${variable === 'IMAGE_ORIGINS' ? 'scheme://host:port, comma-separated' : 'an address that begins with http:// or https://'}.`)
}

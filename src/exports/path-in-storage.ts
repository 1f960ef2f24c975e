import { isPoseError } from '../errors.ts'
import { resolvePictureAddress } from '../media/resolve-picture-address.ts'

/**
 * The path of a picture inside its own storage, so that it is found below the folder or bucket it comes from: below
 * Label Studio's media/upload, the root of a local-files storage, the bucket, or the server. It holds no `..` and no empty
 * step. null: the address has no such path (the picture itself, or nothing that can be read).
 * @param labelStudioUrl to tell its own pictures from those of other servers; null where it is not known
 */
export function pathInStorage (address: string, labelStudioUrl: string | null): string | null {
  try {
    const plan = resolvePictureAddress(address, {
      labelStudioUrl: labelStudioUrl === null ? null : new URL(labelStudioUrl),
      // The folders stand for where the file would be: nothing is looked up.
      dataDir: '.',
      localFilesDir: '.',
      imageOrigins: new Set(),
      setupHostname: null,
      owner: { task: 0, project: 0 }
    })
    switch (plan.kind) {
      case 'inline': return null
      case 'web': return cleanPath(decode(plan.url.pathname).split('/'))
      case 'label-studio': return plan.file === null ? pathInBucket(address) : cleanPath(plan.file.segments)
    }
  } catch (error) {
    if (!isPoseError(error)) throw error
    return null
  }
}

/** s3://bucket/key, gs:// and azure-blob:// alike, also as the fileuri of /tasks/<id>/resolve/. */
function pathInBucket (address: string): string | null {
  const fileUri = /[?&]fileuri=([^&]+)/.exec(address)?.[1]
  const uri = fileUri === undefined ? address : Buffer.from(decode(fileUri), 'base64url').toString()
  const key = /^[a-z0-9-]+:\/\/[^/]+\/(.+)$/i.exec(uri.trim())?.[1]
  return key === undefined ? null : cleanPath(key.split('/'))
}

function cleanPath (segments: readonly string[]): string | null {
  const clean = segments.map((segment) => segment.replace(/[\p{Cc}\\]/gu, '_')).filter((segment) => segment !== '' && segment !== '.' && segment !== '..')
  return clean.length === 0 ? null : clean.join('/')
}

function decode (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

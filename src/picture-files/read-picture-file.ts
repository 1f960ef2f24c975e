import { realpath } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { createPoseError, isPoseError } from '../errors.ts'
import { readLocalPicture } from '../media/read-local-picture.ts'
import type { PictureFile } from './list-pictures.ts'

/**
 * The bytes of a picture file that a person has named, links followed.
 * @throws PoseError FILE_UNREADABLE, IMAGE_TOO_MANY_BYTES; the signal's reason
 */
export async function readPictureFile ({ name, path }: PictureFile, maxBytes: number, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const target = await realpath(path)
    return await readLocalPicture({ root: dirname(target), segments: [basename(target)] }, maxBytes, signal)
  } catch (error) {
    // The remedies of SOURCE_* are those of a service with storages.
    if (isPoseError(error)) throw error.errorName.startsWith('SOURCE_') ? createPoseError('FILE_UNREADABLE', error.detail) : error
    const { code } = error as NodeJS.ErrnoException
    throw code === undefined ? error : createPoseError('FILE_UNREADABLE', `${name}: ${code}`)
  }
}

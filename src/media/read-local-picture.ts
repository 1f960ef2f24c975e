import { constants } from 'node:fs'
import { lstat, open, readlink, realpath, type FileHandle } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { createPoseError, type PoseError } from '../errors.ts'
import { describeAddress } from './describe-address.ts'
import type { LocalPicture } from './resolve-picture-address.ts'
import { splitInsidePath } from './split-inside-path.ts'
import { tooManyBytes } from './too-many-bytes.ts'

/** One call of read(2) takes at most this much, so that an abort is noticed in between. */
const LARGEST_READ = 16 * 1024 * 1024

/**
 * The bytes of a regular file that really lies below `root`; the root itself may be a link.
 * @throws PoseError SOURCE_NOT_FOUND and SOURCE_DENIED (another way to the picture may still work), SOURCE_OUTSIDE,
 *   SOURCE_UNSUPPORTED (folder, FIFO, device), SOURCE_FAILED, IMAGE_TOO_MANY_BYTES
 */
export async function readLocalPicture ({ root, segments }: LocalPicture, maxBytes: number, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const shown = describeAddress(segments.join('/'))
  let handle: FileHandle | null = null
  try {
    const realRoot = await realpath(root)
    const path = await realpath(join(realRoot, ...splitInsidePath(segments.join('/'))))
    if (!isBelow(path, realRoot)) throw createPoseError('SOURCE_OUTSIDE', shown)
    // Before opening, because opening a device can already do something.
    if (!(await lstat(path)).isFile()) throw notRegular(shown)
    // O_NONBLOCK: should a FIFO have taken the file's place, opening it must not wait for a writer.
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    // O_NOFOLLOW covers the last segment only; a folder on the way may have become a link since realpath.
    if (!isBelow(await pathOfOpen(handle, path), realRoot)) throw createPoseError('SOURCE_OUTSIDE', shown)
    const stat = await handle.stat()
    if (!stat.isFile()) throw notRegular(shown)
    if (stat.size > maxBytes) throw tooManyBytes(stat.size, maxBytes)
    return await readAll(handle, stat.size, shown, signal)
  } catch (error) {
    throw explainFileFault(error, shown)
  } finally {
    await handle?.close()
  }
}

function isBelow (path: string, root: string): boolean {
  return path.startsWith(root.endsWith(sep) ? root : root + sep)
}

/** What the descriptor points at, told by the kernel; where there is no /proc, the path is resolved once more. */
async function pathOfOpen (handle: FileHandle, path: string): Promise<string> {
  try {
    return await readlink(`/proc/self/fd/${handle.fd}`)
  } catch {
    return await realpath(path)
  }
}

async function readAll (handle: FileHandle, size: number, shown: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(size)
  let length = 0
  while (length < size) {
    signal.throwIfAborted()
    const { bytesRead } = await handle.read(bytes, length, Math.min(size - length, LARGEST_READ), length)
    if (bytesRead === 0) throw createPoseError('SOURCE_FAILED', `${shown} became shorter while it was read`)
    length += bytesRead
  }
  // A file still being written would look like a damaged picture.
  if ((await handle.read(new Uint8Array(1), 0, 1, size)).bytesRead !== 0) throw createPoseError('SOURCE_FAILED', `${shown} became longer while it was read`)
  return bytes
}

function notRegular (shown: string): PoseError {
  return createPoseError('SOURCE_UNSUPPORTED', `${shown} is not a regular file`)
}

function explainFileFault (error: unknown, shown: string): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT': case 'ENOTDIR': case 'ENAMETOOLONG':
      return createPoseError('SOURCE_NOT_FOUND', `${shown} is not in its folder here`)
    case 'EACCES': case 'EPERM':
      return createPoseError('SOURCE_DENIED', `${shown}: the user of this service has no permission to read the file`)
    // O_NOFOLLOW met a link that came after realpath, or links form a ring.
    case 'ELOOP':
      return createPoseError('SOURCE_OUTSIDE', shown)
    case 'EIO': case 'ESTALE': case 'EMFILE': case 'ENFILE': case 'EBUSY':
      return createPoseError('SOURCE_FAILED', `${shown}: ${(error as NodeJS.ErrnoException).code}`)
    default:
      return error
  }
}

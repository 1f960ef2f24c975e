import { createPoseError, type PoseError } from '../errors.ts'

const MIB = 1024 * 1024

/** IMAGE_TOO_MANY_BYTES with the sizes in MB; `bytes` is null where only "more than allowed" is known. */
export function tooManyBytes (bytes: number | null, maxBytes: number): PoseError {
  const detail = bytes === null ? `more than ${inMegabytes(maxBytes)} MB` : `${inMegabytes(bytes)} MB, allowed are ${inMegabytes(maxBytes)} MB`
  return createPoseError('IMAGE_TOO_MANY_BYTES', detail)
}

/** Rounded up, so that a size above the bound never reads like the bound itself. */
function inMegabytes (bytes: number): number {
  return Math.ceil(bytes / MIB * 1000) / 1000
}

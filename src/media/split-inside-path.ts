import { createPoseError } from '../errors.ts'
import { describeAddress } from './describe-address.ts'

/**
 * The segments of a decoded path relative to some folder, leading and doubled slashes dropped.
 * @throws PoseError SOURCE_OUTSIDE for `..` between slashes of either kind, and for NUL
 */
export function splitInsidePath (path: string): string[] {
  if (path.includes('\0')) throw createPoseError('SOURCE_OUTSIDE', 'the path holds a NUL character')
  if (path.split(/[\\/]/).includes('..')) throw createPoseError('SOURCE_OUTSIDE', describeAddress(path))
  return path.split('/').filter((segment) => segment !== '' && segment !== '.')
}

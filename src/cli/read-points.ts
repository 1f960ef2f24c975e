import { keypointSets } from '../../models/keypoint-sets.ts'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import { oneOf } from './one-of.ts'

/** `--points`: the set of points to read from labels; null where it is not said. @throws CliError */
export function readPoints (value: string | undefined): KeypointSet | null {
  return value === undefined ? null : keypointSets[oneOf('points', value, Object.keys(keypointSets) as Array<KeypointSet['id']>)]
}

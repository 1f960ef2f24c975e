import type { PoseEntry } from '../model-entry.ts'

const DEFAULT = 0.3

/** Confidence below which points are left out, 0..1: the wanted one, or else that of the pose network. @param pose null: an own network without description */
export function pointThreshold (wanted: number | null, pose: Pick<PoseEntry, 'pointThreshold'> | null): number {
  return wanted ?? pose?.pointThreshold ?? DEFAULT
}

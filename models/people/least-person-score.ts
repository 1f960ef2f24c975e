import type { PoseEntry } from '../model-entry.ts'

/** What people must score to be some, 0..1. Where somebody clicked there is a person, however unsure the networks are. */
export function leastPersonScore (boxSource: { kind: string }, pose: Pick<PoseEntry, 'personThreshold'> | null): number {
  return boxSource.kind === 'detector' ? pose?.personThreshold ?? 0 : 0
}

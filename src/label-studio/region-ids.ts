import { randomBytes } from 'node:crypto'

/**
 * The ids of a prediction's regions, made here and read here. Label Studio keeps them through editing and submitting, and in
 * interfaces without boxes nothing else tells which regions are of one person.
 */
export const regionIds = {
  /** Begins the ids of one answer: a repeated id would be taken for a region that is already in the annotation. */
  createAnswer: (): string => randomBytes(6).toString('base64url'),
  /** A person, and the person's box. @param picture, rank numbers from 0: of the picture in the answer, of the person on it */
  person: (answer: string, picture: number, rank: number): string => `${answer}-${picture}p${rank}`,
  keypoint: (person: string, index: number): string => `${person}k${index}`,
  skeleton: (person: string, layer: number): string => `${person}s${layer}`,
  /** The person that a point or a skeleton was made for; null: the id is none of these. Skeletons in pieces (`s0v3`) are of earlier predictions. */
  personOf: (id: string): string | null => /^([\w-]{8}-\d+p\d+)(?:k\d+|s\d+(?:v\d+)?)$/.exec(id)?.[1] ?? null
}

/**
 * The person that a region of toPrediction belongs to, by its id, which Label Studio keeps through editing and submitting:
 * interfaces without boxes have no other mark of it. null: the region is not one of ours.
 */
export function personOfRegionId (id: string): string | null {
  return /^([\w-]{8}-\d+p\d+)(k\d+|s\d+v\d+)$/.exec(id)?.[1] ?? null
}

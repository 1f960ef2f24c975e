/** A percentage of Label Studio as a fraction of the picture, kept inside it. */
export function toFraction (percent: number): number {
  return Math.min(1, Math.max(0, percent / 100))
}

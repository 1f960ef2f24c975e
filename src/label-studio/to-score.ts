/** A confidence as it goes over the wire: 0..1, four decimals. What is no number is no confidence. */
export function toScore (confidence: number): number {
  return Number.isNaN(confidence) ? 0 : Math.round(Math.min(1, Math.max(0, confidence)) * 1e4) / 1e4
}

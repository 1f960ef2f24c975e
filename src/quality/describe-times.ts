import type { QualityReport } from './quality-report.ts'

/** What annotators needed. @param seconds per picture, one of each annotation */
export function describeTimes (seconds: readonly number[]): QualityReport['secondsPerPicture'] {
  if (seconds.length === 0) return null
  const sorted = [...seconds].sort((a, b) => a - b)
  return { mean: seconds.reduce((sum, value) => sum + value, 0) / seconds.length, median: sorted[Math.floor((sorted.length - 1) / 2)]!, annotations: seconds.length }
}

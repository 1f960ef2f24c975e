import { keypointSets } from '../keypoint-sets.ts'
import type { KeypointSet } from '../keypoint-set.ts'
import type { Calibration } from '../model-entry.ts'

/** What no schema can say of a calibration. @returns a sentence that begins with the place, or null */
export function checkCalibration (calibration: Calibration, keypointSet: KeypointSet['id'], place: string): string | null {
  const count = keypointSets[keypointSet].names.length
  for (const [index, group] of calibration.groups.entries()) {
    const path = `"${place}.${index}`
    const stranger = group.points.find((point) => point >= count)
    if (stranger !== undefined) return `${path}.points" names point ${stranger}, but ${keypointSet} has points 0 to ${count - 1}.`
    const rising = group.knots.every(([raw, confidence], knot) => {
      const before = group.knots[knot - 1]
      return confidence >= 0 && confidence <= 1 && (before === undefined || (raw > before[0] && confidence >= before[1]))
    })
    if (!rising) return `${path}.knots" must rise from knot to knot, with confidences from 0 to 1.`
  }
  return null
}

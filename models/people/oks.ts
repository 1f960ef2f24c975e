/** K x (x, y, confidence), flat; confidence 0 = absent. */
export type Points = Float64Array

/**
 * Share of a box that a person fills, where no segment is known (mmpose and COCO tools).
 * @returns square pixels
 */
export function areaOfBox (bbox: readonly [number, number, number, number]): number {
  return 0.53 * (bbox[2] - bbox[0]) * (bbox[3] - bbox[1])
}

/** The term of one point in OKS, 0..1. @param squared distance in square pixels @param area of the person in square pixels */
export function pointSimilarity (squared: number, area: number, sigma: number): number {
  const k = 2 * sigma
  return Math.exp(-squared / (2 * (area + Number.EPSILON) * k * k))
}

/**
 * Object keypoint similarity (COCO): 1 where the poses agree, near 0 where they do not. The mean goes over the points present in both.
 * @param area of the person in square pixels
 * @param first @param last range of points, last inclusive
 * @returns oks 0..1 (0 without a common point) and how many points were common
 */
export function oks (a: Points, b: Points, area: number, sigmas: readonly number[], first = 0, last = sigmas.length - 1): { oks: number, common: number } {
  let sum = 0
  let common = 0
  for (let point = first; point <= last; point++) {
    const at = point * 3
    if (a[at + 2]! <= 0 || b[at + 2]! <= 0) continue
    const dx = a[at]! - b[at]!
    const dy = a[at + 1]! - b[at + 1]!
    sum += pointSimilarity(dx * dx + dy * dy, area, sigmas[point]!)
    common++
  }
  return { oks: common > 0 ? sum / common : 0, common }
}

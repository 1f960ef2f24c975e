/** A thousandth of a pixel: Label Studio's own coordinates are no finer on pictures of common size. */
export function roundPixels (pixels: number): number {
  return Math.round(pixels * 1000) / 1000
}

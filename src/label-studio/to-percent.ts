/**
 * A coordinate in pixels as percent of the picture, kept inside it: Label Studio refuses more than 100 and draws less
 * than 0 outside. Four decimals are a hundredth of a pixel on a 10,000 pixel picture. null: not a finite number.
 */
export function toPercent (pixels: number, extent: number): number | null {
  const percent = pixels / extent * 100
  return Number.isFinite(percent) ? Math.round(Math.min(100, Math.max(0, percent)) * 1e4) / 1e4 : null
}

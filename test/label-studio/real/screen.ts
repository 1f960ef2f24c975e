/** What stands on the screen: colours at expected places. */
import type { Page } from 'playwright-core'
import sharp from 'sharp'

/** Pixels around a place that are looked at. */
const reach = 3
/** Difference of two colours (0 to 442) up to which they are taken for the same. */
const nearEnough = 60

/**
 * Places where a colour is not to be seen within a few pixels. Never whole pictures: fonts and antialiasing differ
 * between machines, a point's colour does not.
 * @param colour "#RRGGBB", as in the label config
 */
export async function missingColours<T extends { at: { x: number, y: number } | null, colour: string }> (page: Page, places: readonly T[]): Promise<T[]> {
  const { data, info } = await sharp(await page.screenshot({ scale: 'css' })).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  return places.filter(({ at, colour }) => {
    if (at === null) return true
    const [red, green, blue] = [1, 3, 5].map((from) => parseInt(colour.slice(from, from + 2), 16)) as [number, number, number]
    for (let y = Math.round(at.y) - reach; y <= Math.round(at.y) + reach; y++) {
      for (let x = Math.round(at.x) - reach; x <= Math.round(at.x) + reach; x++) {
        const pixel = (y * info.width + x) * 3
        if (Math.hypot(data[pixel]! - red, data[pixel + 1]! - green, data[pixel + 2]! - blue) < nearEnough) return false
      }
    }
    return true
  })
}

/** The colour of each label of a labelling interface. */
export function labelColours (xml: string): Map<string, string> {
  return new Map([...xml.matchAll(/<Label value="([^"]+)" background="(#[0-9A-Fa-f]{6})"/g)].map(([, label, colour]) => [label!, colour!]))
}

import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import sharp from 'sharp'

const root = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Keeps the page as <name>.png in the folder that SCREENSHOTS names; does nothing without it.
 * @param clip part of the page, in its CSS pixels
 */
export async function keepScreenshot (page: Page, name: string, clip?: { x: number, y: number, width: number, height: number }): Promise<void> {
  const folder = process.env['SCREENSHOTS']
  if (!folder) return
  // Toasts and tooltips of the step before would be all that one sees.
  await page.waitForTimeout(500)
  const dir = resolve(root, folder)
  await mkdir(dir, { recursive: true })
  await sharp(await page.screenshot(clip && { clip })).resize({ width: 1280, withoutEnlargement: true }).png({ palette: true, quality: 90, compressionLevel: 9 }).toFile(resolve(dir, `${name}.png`))
}

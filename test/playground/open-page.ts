/** The playground in a real browser. */
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'

export interface OpenPage {
  page: Page
  context: BrowserContext
  /** Warnings, errors and exceptions so far. */
  complaints: string[]
  /** Addresses asked for so far. */
  requests: string[]
}

/** Opens the page; it is ready for pictures, and knows how the service is. */
export async function openPage (browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 820 }, permissions: ['clipboard-read', 'clipboard-write'], ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  const requests: string[] = []
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(message.text()) })
  page.on('pageerror', (error) => { complaints.push(String(error)) })
  page.on('request', (request) => { requests.push(request.url()) })
  await page.goto(url)
  await page.locator('#parts button').first().waitFor()
  await page.locator('.status.ok, .status.warning, .status.failed').waitFor()
  return { page, context, complaints, requests }
}

/** Adds pictures as the chooser of files does, and waits until all have their people or a failure. */
export async function addPictures (page: Page, files: Parameters<Page['setInputFiles']>[1]): Promise<void> {
  const wanted = await page.locator('.thumb').count() + (Array.isArray(files) ? files.length : 1)
  await page.setInputFiles('#files', files)
  await page.waitForFunction((count) => document.querySelectorAll('.thumb.done, .thumb.failed').length === count, wanted)
}

/** Path of a file of test/fixtures/drawn. */
export function drawnFile (name: string): string {
  return fileURLToPath(new URL(`../fixtures/drawn/${name}`, import.meta.url))
}

export const notAPicture = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture at all') }

export async function readClipboard (page: Page): Promise<string> {
  return await page.evaluate(() => navigator.clipboard.readText())
}

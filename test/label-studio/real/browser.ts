/** Chromium, signed in to Label Studio. */
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { launchChromium } from '../../factories/chromium.ts'
import type { LabelStudio } from './label-studio.ts'

/** A page of 1600 x 1000 pixels, signed in; closed with its browser at the end of the test. */
export async function openLabelStudio (t: Pick<Test, 'teardown'>, { url, email, password }: Pick<LabelStudio, 'url' | 'email' | 'password'>): Promise<Page> {
  const browser = await launchChromium(t)
  const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } })
  // tsx names functions by a helper of its own, which those that run inside the page lack.
  await page.addInitScript('globalThis.__name ??= (named) => named')
  // Label Studio asks for fonts and analytics elsewhere; nothing here may wait for them.
  await page.route((address) => address.hostname !== new URL(url).hostname, (route) => route.abort())
  await page.goto(`${url}/user/login/`)
  await page.fill('input[name=email]', email)
  await page.fill('input[name=password]', password)
  await Promise.all([page.waitForURL((address) => !address.pathname.startsWith('/user/login')), page.click('button[type=submit]')])
  return page
}

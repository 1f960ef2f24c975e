import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'
import type { Test } from 'tap'

const executable = process.env['CHROMIUM'] ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) => existsSync(file)) ?? ''

/** Why no browser can be started here, or false: for tap's `skip`. */
export function lacksChromium (): string | false {
  return existsSync(executable) ? false : 'needs Chromium: install it, or name it in CHROMIUM'
}

/** A browser that calls nobody by itself; closed at the end of the test. @param more further arguments of Chromium */
export async function launchChromium (t: Pick<Test, 'teardown'>, more: readonly string[] = []): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: executable,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', ...more]
  })
  t.teardown(() => browser.close())
  return browser
}

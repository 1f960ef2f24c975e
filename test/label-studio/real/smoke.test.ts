import t from 'tap'
import { readRelease } from '../../../src/label-studio/client/release.ts'
import { readUser } from '../../../src/label-studio/client/user.ts'
import { lacksChromium } from '../../factories/chromium.ts'
import { openLabelStudio } from './browser.ts'
import { lacksLabelStudio, startLabelStudio } from './label-studio.ts'
import { startService } from '../../factories/service-process.ts'

t.test('Label Studio, the built service and Chromium run beside each other', { skip: lacksLabelStudio() || lacksChromium(), timeout: 300_000 }, async (t) => {
  const studio = await startLabelStudio(t)
  const service = await startService(t, { LABEL_STUDIO_URL: studio.url, LABEL_STUDIO_API_KEY: studio.pat })
  t.equal((await readUser(studio.client)).email, studio.email)
  t.equal(await readRelease(studio.client), studio.version)
  t.ok((await fetch(`${service.url}/ready`)).ok)
  const page = await openLabelStudio(t, studio)
  t.match(await page.title(), /Label Studio/)
})

/** The page at / as a whole: its guide, its looks, and how it tells the state of the service. SCREENSHOTS=docs/images keeps its pictures. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import type { ServiceHealth } from '../../src/prediction/pose-service.ts'
import { lacksChromium, launchChromium } from '../factories/chromium.ts'
import { keepScreenshot } from '../factories/keep-screenshot.ts'
import { startLocalServer } from '../factories/local-server.ts'
import { buildTestApp } from '../factories/test-app.ts'
import { addPictures, drawnFile, notAPicture, openPage, readClipboard } from './open-page.ts'

const skip = lacksChromium()
const browser = skip ? null : await launchChromium(t)
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

t.test('the page', { skip }, async (t) => {
  const { app } = await buildTestApp(t, { models: false, env: { MODE: 'starter', WORKERS: '1' } })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const { page, context, complaints } = await openPage(browser!, url)

  await t.test('weighs less than 150 kB without its pictures', async (t) => {
    const files = await page.evaluate(() => performance.getEntries()
      .filter((entry) => entry instanceof PerformanceResourceTiming && !entry.name.endsWith('.jpg'))
      .map((entry) => {
        const { name, decodedBodySize, transferSize } = entry as PerformanceResourceTiming
        return { name, decodedBodySize, transferSize }
      }))
    const sum = (key: 'decodedBodySize' | 'transferSize') => files.reduce((total, file) => total + file[key], 0)
    t.ok(files.some(({ name }) => name.endsWith('/main.js')) && files.some(({ name }) => name === `${url}/`), `${files.length} files, the page itself among them`)
    t.ok(sum('decodedBodySize') > 30_000 && sum('decodedBodySize') < 150_000, `${sum('decodedBodySize')} bytes, ${sum('transferSize')} compressed`)
  })

  await t.test('the guide to Label Studio', async (t) => {
    t.equal(await page.locator('#address').innerText(), url)
    await page.locator('#copy-address').click()
    t.equal(await readClipboard(page), url)
    await page.locator('#place').selectOption({ label: 'In the Compose file of this project' })
    t.equal(await page.locator('#address').innerText(), 'http://ml-backend.internal:9090')
    await page.locator('#copy-version').click()
    t.match(await readClipboard(page), /^starter-[\d.]+@[0-9a-f]{8}$/)

    await page.locator('#preset').selectOption('body17')
    await page.locator('#config', { hasText: 'Body (17)' }).waitFor()
    await page.locator('#copy-config').click()
    t.equal(await readClipboard(page), labelConfigPreset('body17'))

    await page.getByRole('button', { name: 'Run the checks' }).click()
    await page.locator('#report li').first().waitFor()
    t.match(await page.locator('#report li.ok').first().innerText(), /^Model: Starter detector/)
    t.match(await page.locator('#report li.failed').innerText(), /^Label Studio: It is not known where Label Studio is\.\s+Set LABEL_STUDIO_URL/)
    t.match(await page.locator('#check-note').innerText(), '1 failed, 0 warnings.')
    // The whole of it, and a bit around.
    await page.setViewportSize({ width: 1280, height: 1800 })
    const { x, y, width, height } = (await page.locator('#connect').boundingBox())!
    await keepScreenshot(page, 'playground-connect', { x: x - 20, y: y - 20, width: width + 40, height: height + 40 })
  })

  await t.test('models that load, are downloaded, or stand in for others are said', async (t) => {
    const health = (await app.inject('/health')).json<ServiceHealth>()
    const states: Array<[Partial<ServiceHealth>, RegExp]> = [
      [{ fallback: { mode: 'starter', reason: 'MODE=balanced needs YOLOX-m. Run models pull.' }, mode: 'balanced' }, /^Starter models in place of balanced: poses are drafts\. MODE=balanced needs YOLOX-m/],
      [{ model_loaded: false, reason: 'The model is being downloaded.', download: [{ title: 'RTMW-l', received: 50e6, total: 200e6 }] }, /^The models of starter are being downloaded/],
      [{ model_loaded: false }, /^The model is not loaded yet/],
      [{ warnings: ['The device cuda cannot be had.'] }, /^The device cuda cannot be had\./]
    ]
    let change: Partial<ServiceHealth> = {}
    await context.route('**/health', (route) => route.fulfill({ json: { ...health, ...change } }))
    for (const [next, sentence] of states) {
      change = next
      await page.reload()
      await page.locator('#notices .notice').waitFor()
      t.match(await page.locator('#notices').innerText(), sentence)
      if (change.download) t.equal(await page.locator('progress').evaluate((bar: HTMLProgressElement) => bar.position), 0.25)
    }
    await context.unroute('**/health')
  })

  await t.test('a picture that came before the model is sent again', async (t) => {
    const early = await openPage(browser!, url)
    const refusal = { statusCode: 503, code: 'POSE_ERR_MODEL_DOWNLOADING', error: 'Service Unavailable', message: 'The model is being downloaded (10 %). Try again when it is there.', requestId: '1' }
    await early.context.route('**/predict', (route) => route.fulfill({ status: 503, json: refusal }))
    await early.page.setInputFiles('#files', drawnFile('figure-3.jpg'))
    await early.page.locator('.thumb', { hasText: 'Waits for the model' }).waitFor()
    t.match(await early.page.locator('#veil').innerText(), /^Waits for the model, and is sent again when it is there\.$/)
    await early.context.unroute('**/predict')
    await early.page.locator('.thumb.done').waitFor()
    t.ok(await early.page.locator('#people li').count() >= 1)
    await early.context.close()
  })

  await t.test('nobody is kept out, in light and dark, on desk and phone', async (t) => {
    const looks: Array<[string, BrowserContextOptions]> = [
      ['light', { colorScheme: 'light' }],
      ['dark', { colorScheme: 'dark' }],
      ['phone, light', { colorScheme: 'light', viewport: { width: 360, height: 780 }, deviceScaleFactor: 1.5, hasTouch: true, isMobile: true }],
      ['phone, dark', { colorScheme: 'dark', viewport: { width: 360, height: 780 }, deviceScaleFactor: 1.5, hasTouch: true, isMobile: true, reducedMotion: 'reduce' }]
    ]
    const grounds = new Set<string>()
    for (const [name, options] of looks) {
      const other = await openPage(browser!, url, options)
      if (name === 'light') t.same(await violations(other.page), [], 'empty')
      await other.page.getByRole('button', { name: 'Waving' }).click()
      await other.page.locator('.thumb.done').waitFor()
      await addPictures(other.page, notAPicture)
      if (name === 'dark') t.same(await violations(other.page), [], 'with a failure on the stage')
      await other.page.locator('.thumb').first().click()
      if (name === 'light' || name === 'phone, dark') {
        await other.page.getByRole('button', { name: 'Run the checks' }).click()
        await other.page.locator('#report li').first().waitFor()
      }
      t.same(await violations(other.page), [], `${name}, with people`)
      grounds.add(await other.page.evaluate(() => getComputedStyle(document.body).backgroundColor))
      const { scrolled, seen } = await other.page.evaluate(() => ({ scrolled: document.documentElement.scrollWidth, seen: innerWidth }))
      t.equal(scrolled, seen, `${name}: nothing to the side`)
      const wide = await other.page.evaluate(() => [...document.querySelectorAll('.side > section, .steps > li')].filter((part) => part.scrollWidth > part.clientWidth || part.getBoundingClientRect().right > part.parentElement!.getBoundingClientRect().right).map(({ className, textContent }) => className + textContent.slice(0, 40)))
      t.same(wide, [], `${name}: everything inside its frame`)
      if (name === 'phone, light') {
        await tapPoint(other.page)
        t.ok(await other.page.locator('#tip').isVisible(), 'the name stays when the finger is lifted')
      }
      if (name === 'phone, light') t.notSame(await pinched(other.page, other.context), 'Fit', 'two fingers zoom')
      if (name === 'phone, dark') {
        await other.page.getByRole('button', { name: 'Remove notes.txt' }).click()
        await other.page.evaluate(() => { scrollTo(0, 0) })
        await keepScreenshot(other.page, 'playground-phone')
      }
      t.same(other.complaints, [])
      await other.context.close()
    }
    t.equal(grounds.size, 2)
  })

  t.same(complaints, [])
})

t.test('a service without a model, with a token and a limit', { skip }, async (t) => {
  const token = 'a-token-of-some-length'
  const { app } = await buildTestApp(t, { models: false, start: false, env: { API_TOKEN: token, RATE_LIMIT_MAX: '40' } })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const { page, context } = await openPage(browser!, url)

  await addPictures(page, drawnFile('figure-1.jpg'))
  t.match(await page.locator('#veil').innerText(), /^No model: .*yolox_m/)
  t.match(await page.locator('#notices').innerText(), /^There is no model\. /)

  await page.getByRole('button', { name: 'Run the checks' }).click()
  t.match(await page.locator('#check-note').innerText(), 'Enter the API_TOKEN')
  const isTaken = await page.evaluate(() => {
    const data = new DataTransfer()
    data.items.add(new File(['a'], 'of-a-table.png', { type: 'image/png' }))
    data.items.add('a-token', 'text/plain')
    return !document.getElementById('token')!.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
  })
  t.notOk(isTaken, 'what is pasted into the field goes there')
  t.equal(await page.locator('.thumb').count(), 1)
  await page.getByLabel('API_TOKEN of this service').fill('another')
  await page.keyboard.press('Enter')
  t.match(await page.locator('#report li.failed').innerText(), /This address needs the token of the service/)
  await page.getByLabel('API_TOKEN of this service').fill(token)
  await page.keyboard.press('Enter')
  await page.locator('#report li', { hasText: 'It is not known where Label Studio is' }).waitFor()
  t.ok(await page.locator('#report li.failed').count() >= 2)
  t.same(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie, location.search]), [0, 0, '', ''], 'the token is kept nowhere')

  for (let request = 0; request < 40; request++) await fetch(`${url}/versions`)
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.locator('#veil', { hasText: 'Too many requests' }).waitFor()
  await context.close()
})

t.test('a service that asks for user and password, and for a token', { skip }, async (t) => {
  const [username, password, token] = ['label-studio', 'a-pass:word-of-12', 'a-token-of-some-length']
  const { app } = await buildTestApp(t, { models: false, env: { MODE: 'starter', WORKERS: '1', BASIC_AUTH_USER: username, BASIC_AUTH_PASS: password, API_TOKEN: token } })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const { page, context, complaints } = await openPage(browser!, url, { httpCredentials: { username, password } })
  await page.locator('#config', { hasText: 'KeyPointLabels' }).waitFor()
  await addPictures(page, drawnFile('figure-3.jpg'))
  t.ok(await page.locator('#people li').count() >= 1, 'what the browser has been told goes with every request')
  t.same(complaints, [])

  // The browser knows them by now. What it would ask for from here on is counted, not answered.
  await context.setHTTPCredentials(null)
  const logins = await countLogins(page, context)
  await page.getByLabel('API_TOKEN of this service').fill('another')
  await page.keyboard.press('Enter')
  t.match(await page.locator('#report li.failed').innerText(), /needs user and password \(the token that came is not its own\)/)
  t.equal(logins(), 0, 'the browser does not ask for a password as well')
  await page.getByLabel('API_TOKEN of this service').fill(token)
  await page.keyboard.press('Enter')
  await page.locator('#report li', { hasText: 'It is not known where Label Studio is' }).waitFor()
  await context.close()
})

t.test('behind the path prefix of a proxy', { skip }, async (t) => {
  const { app } = await buildTestApp(t, { models: false, start: false })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const address = await startPrefixProxy(t, url, '/pose')
  const { page, context, complaints } = await openPage(browser!, `${address}/pose/`)
  t.equal(await page.locator('#address').innerText(), `${address}/pose`)
  t.notMatch(await page.locator('#place').innerText(), 'on the machine itself', 'the port of the service is not known')
  await page.locator('#config', { hasText: 'KeyPointLabels' }).waitFor()
  t.same(complaints, [])
  await context.close()
})

/** How often the browser has wanted to open its window that asks for a password since then; it is closed unanswered. */
async function countLogins (page: Page, context: BrowserContext): Promise<() => number> {
  let logins = 0
  const closed = () => {}
  const cdp = await context.newCDPSession(page)
  cdp.on('Fetch.requestPaused', ({ requestId }) => { cdp.send('Fetch.continueRequest', { requestId }).catch(closed) })
  cdp.on('Fetch.authRequired', ({ requestId }) => {
    logins++
    cdp.send('Fetch.continueWithAuth', { requestId, authChallengeResponse: { response: 'CancelAuth' } }).catch(closed)
  })
  await cdp.send('Fetch.enable', { handleAuthRequests: true })
  return () => logins
}

/** Taps the first point of the first person; where it is, the keyboard shows. */
async function tapPoint (page: Page): Promise<void> {
  await page.locator('#canvas').press('ArrowRight')
  const { x, y, width, height } = (await page.locator('#tip').boundingBox())!
  await page.locator('#canvas').press('Escape')
  // The tip is 12 pixels above its point.
  await page.touchscreen.tap(x + width / 2, y + height + 12)
}

/** What the zoom says after two fingers have gone apart on the picture. */
async function pinched (page: Page, context: BrowserContext): Promise<string> {
  await page.locator('#canvas').scrollIntoViewIfNeeded()
  const { x, y, width, height } = (await page.locator('#canvas').boundingBox())!
  const fingers = (apart: number) => [-apart, apart].map((dx, id) => ({ x: x + width / 2 + dx, y: y + height / 2, id }))
  const cdp = await context.newCDPSession(page)
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: fingers(20) })
  for (const apart of [35, 50, 70]) await cdp.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: fingers(apart) })
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  return await page.locator('#zoom-text').innerText()
}

async function violations (page: Page): Promise<string[]> {
  // By the debugger, which the page's policy does not bind.
  await page.evaluate(axe)
  const found = await page.evaluate(async () => await (globalThis as unknown as { axe: { run: (options: object) => Promise<{ violations: Array<{ id: string, nodes: Array<{ html: string, failureSummary: string }> }> }> } }).axe.run({ resultTypes: ['violations'] }))
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`))
}

/** Takes the prefix away before the service, as proxies do; anything else does not exist. @returns its address */
async function startPrefixProxy (t: Test, target: string, prefix: string): Promise<string> {
  const { origin } = await startLocalServer(t, (request, response) => {
    if (!request.url!.startsWith(`${prefix}/`)) {
      response.writeHead(404).end()
      return
    }
    fetch(target + request.url!.slice(prefix.length), { headers: { accept: request.headers.accept ?? '*/*' } }).then(async (answer) => {
      const [type, policy] = ['content-type', 'content-security-policy'].map((name) => answer.headers.get(name) ?? '')
      response.writeHead(answer.status, { 'content-type': type, 'content-security-policy': policy }).end(Buffer.from(await answer.arrayBuffer()))
    }, () => { response.writeHead(502).end() })
  })
  return origin
}

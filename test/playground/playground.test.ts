/** Pictures in the page at /, in a real browser and with the starter models. SCREENSHOTS=docs/images keeps those of the documentation. */
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import t from 'tap'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { starterPose } from '../../models/registry/starter.ts'
import { boneColours } from '../../models/part-colours.ts'
import type { ShortPrediction } from '../../src/label-studio/prediction-schema.ts'
import { lacksChromium, launchChromium } from '../factories/chromium.ts'
import { keepScreenshot } from '../factories/keep-screenshot.ts'
import { toDataUri } from '../factories/task.ts'
import { buildTestApp } from '../factories/test-app.ts'
import { addPictures, drawnFile, notAPicture, openPage, readClipboard } from './open-page.ts'

const skip = lacksChromium()
const truth = JSON.parse(readFileSync(drawnFile('truth.json'), 'utf8')) as Record<string, { width: number, height: number, people: Array<{ keypoints: Array<[x: number, y: number, visibility: number]> }> }>

/** Where pixels of the fitted picture lie on the screen; by the page's own rule: centred, with a margin of 10. */
async function placeOnScreen (page: Page, { width, height }: { width: number, height: number }) {
  const box = (await page.locator('#canvas').boundingBox())!
  const scale = Math.min(4, (box.width - 20) / width, (box.height - 20) / height)
  return ([x, y]: readonly [number, number, ...unknown[]]) => ({ x: box.x + (box.width - width * scale) / 2 + x * scale, y: box.y + (box.height - height * scale) / 2 + y * scale })
}

/** Whether the colour is to be seen within so many pixels of a place on the screen. */
async function isSeen (page: Page, { x, y }: { x: number, y: number }, colour: string, reach = 9): Promise<boolean> {
  const clip = { x: Math.round(x) - reach, y: Math.round(y) - reach, width: 2 * reach + 1, height: 2 * reach + 1 }
  const pixels = await sharp(await page.screenshot({ clip, scale: 'css' })).removeAlpha().raw().toBuffer()
  const wanted = [1, 3, 5].map((from) => parseInt(colour.slice(from, from + 2), 16))
  for (let at = 0; at < pixels.length; at += 3) if (wanted.every((value, channel) => Math.abs(value - pixels[at + channel]!) < 24)) return true
  return false
}

async function setThreshold (page: Page, value: number): Promise<void> {
  await page.locator('#threshold').fill(String(value))
}

const countPoints = async (page: Page): Promise<number> => Number(/(\d+) points/.exec(await page.locator('#people').innerText().catch(() => ''))?.[1] ?? 0)

t.test('the playground', { skip }, async (t) => {
  const { app } = await buildTestApp(t, { models: false, env: { MODE: 'starter', WORKERS: '1', MAX_MEGAPIXELS: '1' } })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const browser = await launchChromium(t, ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'])
  const { page, context, complaints, requests } = await openPage(browser, url)
  const figure = truth['figure-1.jpg']!
  const [{ keypoints }] = figure.people as [typeof figure.people[number]]
  const pointOf = (name: string) => keypoints[cocoWholebody133.names.indexOf(name)]!

  await t.test('an uploaded figure gets its points where they are', async (t) => {
    await addPictures(page, drawnFile('figure-1.jpg'))
    t.equal(await page.locator('#people li').count(), 1)
    t.match(await page.locator('#announcer').innerText(), 'figure-1.jpg: 1 person')
    t.equal(await page.locator('#threshold').inputValue(), String(starterPose.pointThreshold), 'begins at the threshold of the service')
    t.match(await page.locator('#timing').innerText(), /Decode[\s\S]*Find people[\s\S]*Place points/)
    t.match(await page.locator('#model').innerText(), /starter-[\s\S]*CC BY-NC 4\.0/)

    const toScreen = await placeOnScreen(page, figure)
    const nameAt = async (place: readonly [number, number, ...unknown[]]): Promise<string> => {
      const { x, y } = toScreen(place)
      await page.mouse.move(x, y)
      return await page.locator('#tip').isVisible() ? (await page.locator('#tip').innerText()).replace(/ ?[\d.]+$/, '').trim().replaceAll(' ', '_') : ''
    }
    // Without the wrists, where the hands have points too.
    const body = ['shoulder', 'elbow', 'hip', 'knee', 'ankle'].flatMap((joint) => [`left_${joint}`, `right_${joint}`])
    const answer = await app.inject({ method: 'POST', url: '/predict', payload: { tasks: [{ data: { image: toDataUri(readFileSync(drawnFile('figure-1.jpg'))) } }] } })
    const { result } = answer.json<{ results: [ShortPrediction] }>().results[0]
    for (const name of body) {
      const region = result.find(({ value }) => 'keypointlabels' in value && value.keypointlabels[0] === name)
      const { x, y } = region!.value as { x: number, y: number }
      t.equal(await nameAt([x / 100 * figure.width, y / 100 * figure.height]), name, `${name} is drawn where the service has it`)
    }
    const right = []
    for (const name of body) if (await nameAt(pointOf(name)) === name) right.push(name)
    t.ok(right.length >= 5, `${right.length} of ${body.length} points within 9 pixels of the screen of the truth`)

    const between = (a: string, b: string): [number, number] => [(pointOf(a)[0] + pointOf(b)[0]) / 2, (pointOf(a)[1] + pointOf(b)[1]) / 2]
    await page.mouse.move(5, 5)
    t.ok(await isSeen(page, toScreen(between('left_hip', 'left_knee')), boneColours.left_side), 'the left thigh has the colour of the left side')
    t.ok(await isSeen(page, toScreen(between('right_hip', 'right_knee')), boneColours.right_side), 'and the right that of the right')
    await page.locator('h3', { hasText: 'Points' }).hover()
    await keepScreenshot(page, 'playground')

    await t.test('parts can be switched off', async (t) => {
      await page.getByRole('button', { name: 'Body' }).click()
      t.equal(await page.getByRole('button', { name: 'Body' }).getAttribute('aria-pressed'), 'false')
      t.notOk(await isSeen(page, toScreen(between('left_hip', 'left_knee')), boneColours.left_side))
      const knee = toScreen(pointOf('left_knee'))
      await page.mouse.move(knee.x, knee.y)
      t.notOk(await page.locator('#tip').isVisible(), 'what is not drawn has no name')
      await page.getByRole('button', { name: 'Body' }).click()
      t.ok(await isSeen(page, toScreen(between('left_hip', 'left_knee')), boneColours.left_side))
    })

    await t.test('the slider leaves points out, and people with too few of them', async (t) => {
      const before = await countPoints(page)
      await setThreshold(page, 0)
      t.equal(await countPoints(page), 133, 'all that the network gives')
      await setThreshold(page, 0.7)
      const sure = await countPoints(page)
      t.ok(sure > 3 && sure < before, `${sure} of ${before}`)
      t.equal(await page.locator('#threshold-text').innerText(), '0.70')
      await setThreshold(page, 1)
      t.equal(await page.locator('#people li').count(), 0)
      t.match(await page.locator('#people-none').innerText(), 'Nobody has 3 points of this confidence.')
      await setThreshold(page, starterPose.pointThreshold)
      t.equal(await countPoints(page), before)
    })
  })

  await t.test('what is seen can be taken along', async (t) => {
    await setThreshold(page, 0.5)
    const points = await countPoints(page)
    await page.getByRole('button', { name: 'Copy Label Studio JSON' }).click()
    await page.locator('#take-note', { hasText: 'copied' }).waitFor()
    const tasks = JSON.parse(await readClipboard(page))
    t.match(tasks, [{ data: { image: 'figure-1.jpg' }, predictions: [{ model_version: /^starter-/ }] }])
    const { result } = tasks[0].predictions[0]
    t.equal(result.filter(({ type }: { type: string }) => type === 'keypointlabels').length, points)
    const nose = result.find(({ value }: { value: { keypointlabels?: string[] } }) => value.keypointlabels?.[0] === 'nose').value
    t.ok(Math.hypot(nose.x / 100 * figure.width - pointOf('nose')[0], nose.y / 100 * figure.height - pointOf('nose')[1]) < 15, JSON.stringify(nose))

    await page.getByRole('button', { name: 'Copy COCO' }).click()
    await page.locator('#take-note', { hasText: 'COCO' }).waitFor()
    const coco = JSON.parse(await readClipboard(page))
    t.match(coco, { images: [{ file_name: 'figure-1.jpg', width: 640, height: 800 }], annotations: [{ image_id: 1, category_id: 1 }] })
    const triplets = [coco.annotations[0].keypoints, coco.annotations[0].foot_kpts, coco.annotations[0].face_kpts, coco.annotations[0].lefthand_kpts, coco.annotations[0].righthand_kpts].flat()
    t.equal(triplets.filter((value, at) => at % 3 === 2 && value > 0).length, points)

    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download PNG' }).click()])
    t.equal(download.suggestedFilename(), 'figure-1-people.png')
    const file = sharp(await readFile(await download.path()))
    t.match(await file.metadata(), { format: 'png', width: 640, height: 800 })
    const original = await sharp(drawnFile('figure-1.jpg')).removeAlpha().raw().toBuffer()
    const changed = (await file.removeAlpha().raw().toBuffer()).filter((value, at) => Math.abs(value - original[at]!) > 60).length
    t.ok(changed > 5000 && changed < 400_000, `people are drawn in it (${changed} values differ)`)
    await setThreshold(page, starterPose.pointThreshold)
  })

  await t.test('with the keyboard alone', async (t) => {
    await page.locator('.skip').focus()
    await page.keyboard.press('Enter')
    for (let presses = 0; presses < 10 && await page.evaluate(() => document.activeElement?.id) !== 'canvas'; presses++) await page.keyboard.press('Tab')
    t.equal(await page.evaluate(() => document.activeElement?.id), 'canvas', 'the picture can be reached')
    await page.keyboard.press('ArrowRight')
    t.match(await page.locator('#announcer').innerText(), /^nose, person 1, confidence 0\.\d\d$/)
    await page.keyboard.press('ArrowRight')
    t.match(await page.locator('#tip').innerText(), /^left eye/)
    await page.keyboard.press('+')
    t.match(await page.locator('#zoom-text').innerText(), /^\d+ %$/)
    t.ok(await page.locator('#tip').isVisible())
    await page.keyboard.press('0')
    t.equal(await page.locator('#zoom-text').innerText(), 'Fit')
    await page.keyboard.press('Escape')
    t.notOk(await page.locator('#tip').isVisible())
    await page.locator('#threshold').focus()
    await page.keyboard.press('ArrowRight')
    t.equal(await page.locator('#threshold-text').innerText(), (starterPose.pointThreshold + 0.01).toFixed(2))
    await page.keyboard.press('ArrowLeft')
    await page.locator('#parts button').first().focus()
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle)
    t.equal(outline, 'solid', 'the focus can be seen')
    await page.keyboard.press('Space')
    t.equal(await page.locator('#parts button').first().getAttribute('aria-pressed'), 'false')
    await page.keyboard.press('Space')
  })

  await t.test('wheel and drag', async (t) => {
    const { x, y, width, height } = (await page.locator('#canvas').boundingBox())!
    await page.mouse.move(x + width / 2, y + height / 2)
    await page.mouse.wheel(0, -400)
    await page.waitForFunction(() => document.querySelector('#zoom-text')!.textContent !== 'Fit')
    const toScreen = await placeOnScreen(page, figure)
    const wrist = toScreen(pointOf('right_wrist'))
    await page.mouse.down()
    await page.mouse.move(x + width / 2 + 40, y + height / 2 + 30)
    await page.mouse.up()
    await page.mouse.move(wrist.x, wrist.y)
    t.notMatch(await page.locator('#tip').innerText(), 'right wrist', 'it lies elsewhere now')
    await page.getByRole('button', { name: 'Fit the picture' }).click()
    await page.mouse.move(wrist.x, wrist.y)
    t.match(await page.locator('#tip').innerText(), /^right/)

    await page.getByRole('button', { name: 'Zoom in' }).click()
    await page.mouse.move(x + 2, y + height / 2)
    const before = await page.locator('#canvas').screenshot()
    await page.mouse.move(x + 60, y + height / 2)
    await page.mouse.down({ button: 'right' })
    await page.mouse.move(x + 2, y + height / 2)
    t.ok(before.equals(await page.locator('#canvas').screenshot()), 'the right button drags nothing, since its menu may swallow that it is let go')
    await page.mouse.up({ button: 'right' })
    await page.getByRole('button', { name: 'Fit the picture' }).click()
    await page.mouse.move(x + width / 2, y + height / 2)
    await page.mouse.wheel(0, 300)
    await page.waitForFunction(() => scrollY > 0)
    await page.evaluate(() => { scrollTo(0, 0) })
  })

  await t.test('several pictures at once, of which bad ones harm no other', async (t) => {
    const tooLarge = await sharp(drawnFile('figure-1.jpg')).resize(1280).tiff({ compression: 'jpeg' }).toBuffer()
    const empty = sharp({ create: { width: 400, height: 300, channels: 3, background: '#9ab' } })
    const large = await sharp(drawnFile('figure-1.jpg')).resize(1280).jpeg().toBuffer()
    await addPictures(page, [
      notAPicture,
      { name: 'broken.jpg', mimeType: 'image/jpeg', buffer: (await readFile(drawnFile('figure-3.jpg'))).subarray(0, 9000) },
      { name: 'large.tiff', mimeType: 'image/tiff', buffer: tooLarge },
      { name: 'large.jpg', mimeType: 'image/jpeg', buffer: large },
      { name: 'figure-1.jpg', mimeType: 'image/jpeg', buffer: await readFile(drawnFile('figure-2.jpg')) },
      { name: 'empty.jpg', mimeType: 'image/jpeg', buffer: await empty.clone().jpeg().toBuffer() },
      { name: 'empty.tiff', mimeType: 'image/tiff', buffer: await empty.clone().tiff().toBuffer() }
    ])
    const said = async (name: string): Promise<string> => {
      await page.locator('.thumb', { hasText: name }).click()
      return await page.locator('#veil').isVisible() ? await page.locator('#veil').innerText() : ''
    }
    t.match(await said('notes.txt'), /^The picture cannot be decoded|^This picture format is not supported/)
    t.ok(await page.getByRole('button', { name: 'Copy COCO' }).isDisabled(), 'it has nothing to take along')
    t.match(await said('broken.jpg'), /^The picture file is damaged or ends early/)
    t.match(await said('large.tiff'), /^The picture is too large .*MAX_MEGAPIXELS/, 'what the browser cannot read it cannot shrink')
    t.match(await said('large.jpg'), /^Shrunk to 894 × 1118 for the service \(2 megapixels, the service takes 1\)\.$/)
    t.equal(await page.locator('#people li').count(), 1, 'and its person is found')
    t.match(await said('empty.jpg'), 'Nobody was found on this picture.')
    t.match(await said('empty.tiff'), 'Nobody was found on this picture.')
    await page.getByRole('button', { name: 'Copy COCO' }).click()
    await page.locator('#take-note', { hasText: '1 picture' }).waitFor()
    t.match(JSON.parse(await readClipboard(page)).images, [{ file_name: 'empty.tiff', width: 400, height: 300 }], 'its size is known without the browser and without people')
    await page.getByRole('button', { name: 'Remove empty.tiff' }).click()
    t.equal(await said('figure-1 (2).jpg'), '', 'the second of a name has one of its own')
    t.ok(await page.locator('#people li').count() >= 2)
    await page.locator('#people button').first().click()
    t.equal(await page.locator('#people button').first().getAttribute('aria-pressed'), 'true')

    await page.getByLabel('All 4 pictures').check()
    await page.getByRole('button', { name: 'Copy COCO' }).click()
    await page.locator('#take-note', { hasText: '4 pictures' }).waitFor()
    t.same(JSON.parse(await readClipboard(page)).images.map(({ file_name: name }: { file_name: string }) => name), ['figure-1.jpg', 'large.jpg', 'figure-1 (2).jpg', 'empty.jpg'])
    await page.getByRole('button', { name: 'Remove notes.txt' }).click()
    t.equal(await page.locator('.thumb').count(), 6)
    t.ok(await page.evaluate(() => document.activeElement?.classList.contains('thumb')), 'the focus stays among the pictures')
    await page.getByRole('button', { name: 'Remove all' }).click()
    t.ok(await page.locator('#empty').isVisible())
  })

  await t.test('pasted, dropped, from the camera, and the drawn ones', async (t) => {
    const base64 = (await readFile(drawnFile('figure-3.jpg'))).toString('base64')
    await page.evaluate(async (base64) => {
      const data = new DataTransfer()
      data.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], 'pasted.jpg', { type: 'image/jpeg' }))
      document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }))
      document.dispatchEvent(new DragEvent('dragover', { dataTransfer: data, bubbles: true }))
    }, base64)
    t.ok(await page.locator('#drop').isVisible(), 'says where to drop')
    await page.evaluate(async (base64) => {
      const data = new DataTransfer()
      data.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], 'dropped.jpg', { type: 'image/jpeg' }))
      document.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }))
    }, base64)
    t.notOk(await page.locator('#drop').isVisible())
    await page.locator('#strip').getByRole('button', { name: 'Camera' }).click()
    await page.locator('#shoot:enabled').click()
    await page.locator('.thumb', { hasText: 'camera.jpg' }).waitFor()
    await page.waitForFunction(() => document.querySelectorAll('.thumb.done').length === 3)
    t.match(await page.locator('.thumb', { hasText: 'pasted.jpg' }).innerText(), /\d (person|people)/)

    await page.getByRole('button', { name: 'Remove all' }).click()
    for (const name of ['Waving', 'Jumping', 'Two people']) {
      await page.getByRole('button', { name }).click()
      await page.locator('.thumb.done').waitFor()
      t.ok(await page.locator('#people li').count() >= 1, name)
      await page.getByRole('button', { name: 'Remove all' }).click()
    }
  })

  await t.test('the chosen person stays the chosen one when the slider takes others away', async (t) => {
    await context.route('**/predict', async (route) => {
      const answer = await route.fetch()
      const { results: [entry] } = await answer.json() as { results: [ShortPrediction] }
      // The first is sure of nothing.
      const [first] = entry.people
      for (const region of entry.result) if (region.parentID === first!.id) region.score = 0.2
      await route.fulfill({ response: answer, json: { results: [entry] } })
    })
    await addPictures(page, drawnFile('figure-2.jpg'))
    await page.locator('#people button', { hasText: 'Person 2' }).click()
    const score = await page.locator('#people button[aria-pressed=true] [title=Score]').innerText()
    await setThreshold(page, 0.25)
    t.equal(await page.locator('#people button[aria-pressed=true] [title=Score]').innerText(), score)
    t.match(await page.locator('#people button[aria-pressed=true]').innerText(), 'Person 1', 'though it has another place')
    await setThreshold(page, 0.15)
    t.match(await page.locator('#people button[aria-pressed=true]').innerText(), 'Person 2')
    await context.unroute('**/predict')
    await page.getByRole('button', { name: 'Remove all' }).click()
  })

  await t.test('a drawn picture that does not come is said', async (t) => {
    await context.route('**/waving.jpg', (route) => route.fulfill({ status: 429, json: { message: 'Too many requests' } }))
    await page.getByRole('button', { name: 'Waving' }).click()
    await page.locator('#examples-label', { hasText: 'did not come' }).waitFor()
    t.equal(await page.locator('.thumb').count(), 0)
    await context.unroute('**/waving.jpg')
    complaints.length = 0
  })

  await t.test('more pictures than it holds', async (t) => {
    await page.setInputFiles('#files', Array.from({ length: 26 }, (_, number) => ({ ...notAPicture, name: `${number}.txt` })))
    t.equal(await page.locator('.thumb').count(), 24)
    t.match(await page.locator('#strip-note').innerText(), /^2 pictures were left out: the page holds 24/)
    await page.waitForFunction(() => document.querySelectorAll('.thumb.failed').length === 24)
    await page.getByRole('button', { name: 'Remove all' }).click()
  })

  await t.test('it asks nobody else, and has nothing to complain of', async (t) => {
    t.same(complaints, [])
    t.same([...new Set(requests.map((address) => new URL(address)).filter(({ protocol }) => protocol.startsWith('http')).map(({ origin }) => origin))], [url])
  })

  await t.test('a service that is gone is said, and its return too', async (t) => {
    await context.setOffline(true)
    await addPictures(page, drawnFile('figure-1.jpg'))
    t.match(await page.locator('#veil').innerText(), /^The service does not answer\. Check that it still runs/)
    await page.locator('#status.failed').waitFor()
    await context.setOffline(false)
    await context.route('**/predict', (route) => route.fulfill({ contentType: 'text/html', body: '<h1>Log in</h1>' }))
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.locator('#veil', { hasText: 'is not of this service' }).waitFor()
    await context.unroute('**/predict')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.locator('.thumb.done').waitFor()
    await page.locator('#status.ok').waitFor()
  })
})

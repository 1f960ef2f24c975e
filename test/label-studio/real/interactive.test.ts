import t, { type Test } from 'tap'
import { updateProject } from '../../../src/label-studio/client/projects.ts'
import { lacksChromium } from '../../factories/chromium.ts'
import { keepScreenshot } from '../../factories/keep-screenshot.ts'
import { openLabelStudio } from './browser.ts'
import { misplacedPoints, readDrawnFigure } from './drawn-figure.ts'
import { drag, findOnPage, openTask, readRegions, submit, switchOnAutoAnnotation, takeSmartTool, timeUntilDrawn, type EditorRegion, type Spot } from './editor.ts'
import { lacksLabelStudio, startLabelStudio } from './label-studio.ts'
import { nanoModels } from './nano-models.ts'
import { connectProject, uploadPictures } from './project.ts'
import { startService } from '../../factories/service-process.ts'

/** Share of the picture's width; the nano models are within 0.03 on these figures. */
const tolerance = 0.05
/** A person of the nano models: 17 points and the rectangle. */
const regionsOfOne = 18

t.test('people by drawing', { skip: lacksLabelStudio() || lacksChromium(), timeout: 300_000 }, async (t) => {
  const figure = await readDrawnFigure('figure-2.jpg')
  const studio = await startLabelStudio(t)
  const service = await startService(t, { ...nanoModels, LABEL_STUDIO_URL: studio.url, LABEL_STUDIO_API_KEY: studio.pat })
  const page = await openLabelStudio(t, studio)

  /** Both corners of a person's box, a little outside it, on the page. */
  async function cornersOf (person: number): Promise<[Spot, Spot]> {
    const [x1, y1, x2, y2] = figure.people[person]!.box
    const [from, to] = await findOnPage(page, [[x1, y1], [x2, y2]].map(([x, y]) => ({ x: x! * 100 / figure.width, y: y! * 100 / figure.height })))
    return [{ x: from!.x - 6, y: from!.y - 6 }, { x: to!.x + 6, y: to!.y + 6 }]
  }

  function misplaced (regions: readonly EditorRegion[], person: number): string[] {
    return misplacedPoints(regions.filter(({ type }) => type === 'keypointregion'), figure, person, tolerance)
  }

  /** Draws or clicks where nobody is. */
  async function askInVain (t: Test, act: () => Promise<void>): Promise<void> {
    const before = await readRegions(page)
    const [answer] = await Promise.all([page.waitForResponse((answer) => answer.url().includes('interactive-annotating')), act()])
    const { data, errors } = await answer.json() as { data?: { result: unknown }, errors?: unknown }
    t.same([answer.status(), data?.result, errors], [200, [], undefined])
    await page.waitForTimeout(500)
    t.same(await readRegions(page), before, 'the prompt is gone, the rest as before')
  }

  const empty = await connectProject(studio, service, 'Drawn people', 'wholebody133')
  // As where nothing was found: opening a task asks no model.
  await updateProject(studio.client, empty.id, { show_collab_predictions: false })
  const [first, second] = await uploadPictures(studio, empty.id, [figure, figure])
  const times: number[] = []

  await t.test('a box around a person brings that person', async (t) => {
    await openTask(page, studio.url, empty, first!, 0)
    await switchOnAutoAnnotation(page)
    await takeSmartTool(page, 'rectangle-tool')
    const [from, to] = await cornersOf(1)
    await page.mouse.move(from.x, from.y)
    await page.mouse.down()
    await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2)
    await page.mouse.move(to.x, to.y)
    await keepScreenshot(page, 'interactive-before')
    times.push(await timeUntilDrawn(page, regionsOfOne, () => page.mouse.up()))
    const regions = await readRegions(page)
    t.equal(regions.length, regionsOfOne, 'the prompt is gone')
    t.same(misplaced(regions, 1), [])
    const person = regions.at(-1)!
    t.equal(person.label, 'person')
    t.ok(regions.slice(0, -1).every(({ parent }) => parent === person.id))
    await keepScreenshot(page, 'interactive-after')
  })

  await t.test('people who are there stay as they are', async (t) => {
    const before = await readRegions(page)
    // Begins beside the other's box: one that begins on it would move it.
    times.push(await timeUntilDrawn(page, 2 * regionsOfOne, async () => { await drag(page, ...await cornersOf(0)) }))
    const regions = await readRegions(page)
    t.equal(regions.length, 2 * regionsOfOne)
    t.same(regions.slice(0, regionsOfOne), before, 'same ids, places and order')
    t.same(misplaced(regions.slice(regionsOfOne), 0), [])
  })

  await t.test('nobody in the box: nothing comes, and no error', async (t) => {
    const [from, to] = await findOnPage(page, [{ x: 2, y: 2 }, { x: 9, y: 9 }])
    await askInVain(t, () => drag(page, from!, to!))
  })

  await t.test('what was drawn can be submitted', async (t) => {
    const { result } = await submit(page)
    t.equal(result.length, 2 * regionsOfOne)
    t.ok(result.every(({ origin, score }) => origin === 'manual' && typeof score === 'number'))
  })

  await t.test('a click brings the person under it, elsewhere nothing', async (t) => {
    await openTask(page, studio.url, empty, second!, 0)
    await takeSmartTool(page, 'key-point-tool')
    const [wall] = await findOnPage(page, [{ x: 5, y: 5 }])
    await askInVain(t, () => page.mouse.click(wall!.x, wall!.y))
    const [from, to] = await cornersOf(0)
    times.push(await timeUntilDrawn(page, regionsOfOne, () => page.mouse.click((from.x + to.x) / 2, from.y * 0.6 + to.y * 0.4)))
    const regions = await readRegions(page)
    t.equal(regions.length, regionsOfOne)
    t.same(misplaced(regions, 0), [])
  })

  times.sort((a, b) => a - b)
  t.comment(`from the release of the mouse to the drawn points: ${times.map(Math.round).join(', ')} ms`)
  // On a quiet machine it is 500; here others may run beside it.
  t.ok(times[times.length >> 1]! < 5000)
})

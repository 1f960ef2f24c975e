/** What annotators do with what they are given, in the real Label Studio: people who overlap, unsure points, the order of work. */
import type { Page } from 'playwright-core'
import t from 'tap'
import { cocoWholebody133 } from '../../../models/keypoints/coco-wholebody-133.ts'
import type { Person } from '../../../models/person.ts'
import { removeDoubles } from '../../../src/jobs/remove-doubles.ts'
import { addMlBackend } from '../../../src/label-studio/client/ml-backends.ts'
import { createProject } from '../../../src/label-studio/client/projects.ts'
import { readTasks } from '../../../src/label-studio/client/tasks.ts'
import { findCorrections } from '../../../src/label-studio/find-corrections.ts'
import { labelConfigPreset } from '../../../src/label-studio/label-config-preset.ts'
import { matchControls } from '../../../src/label-studio/match-controls.ts'
import { parseLabelConfig } from '../../../src/label-studio/parse-label-config.ts'
import type { Prediction } from '../../../src/label-studio/prediction-schema.ts'
import { toPrediction } from '../../../src/label-studio/to-prediction.ts'
import { lacksChromium } from '../../factories/chromium.ts'
import { drawCrowd, type DrawnCrowd } from '../../factories/drawn-crowd.ts'
import { keepScreenshot } from '../../factories/keep-screenshot.ts'
import { openLabelStudio } from './browser.ts'
import { readDrawnFigure, toDataUri } from './drawn-figure.ts'
import { drag, findOnPage, openUntil, submit, type Spot } from './editor.ts'
import { lacksLabelStudio, startLabelStudio } from './label-studio.ts'
import { importPictures, readPredictions, retrievePredictions } from './project.ts'
import { startService } from '../../factories/service-process.ts'

/** The parts of the editor's state that are read here. */
interface EditorWindow {
  Htx?: { annotationStore: { selected?: { names: Map<string, { stageRef?: object }>, regionStore: { regions: Array<{ parentID: string | null, selected: boolean }> } } } }
  steadyFrames?: number
}

// Many pages are opened, each of which takes ten seconds and more on a busy machine.
t.setTimeout(900_000)

t.test('what annotators do', { skip: lacksLabelStudio() || lacksChromium(), timeout: 600_000 }, async (t) => {
  const studio = await startLabelStudio(t)
  const page = await openLabelStudio(t, studio)

  /** A new project with one task, which has this prediction already, in the editor. @param copies of the prediction */
  async function openPredicted (title: string, labelConfig: string, crowd: DrawnCrowd, copies = 1): Promise<Prediction & { project: number }> {
    const { id } = await createProject(studio.client, { title, label_config: labelConfig })
    const { pictures } = matchControls(parseLabelConfig(labelConfig), cocoWholebody133)
    const prediction = toPrediction(pictures.map((plan) => ({ plan, itemIndex: null, ...crowd })), { keypointSet: cocoWholebody133, modelVersion: 'v1', keypointSize: 0.3 })
    const body = [{ data: { image: toDataUri(crowd) }, predictions: Array.from({ length: copies }, () => prediction) }]
    const { task_ids: [task] } = await studio.client.call('POST', `/api/projects/${id}/import`, { query: { return_task_ids: true }, body }) as { task_ids: number[] }
    const regions = prediction.result.filter(({ type }) => type !== 'choices').length
    await openUntil(page, studio.url, { id }, task!, (timeout) => waitForRegions(page, regions, timeout))
    return { ...prediction, project: id }
  }

  /** The first figure, and a second person over it who stands a little to the right. */
  async function drawOverlap (): Promise<DrawnCrowd> {
    const crowd = await drawCrowd(1)
    const [first] = crowd.people as [Person]
    const shift = 40
    const second: Person = { ...first, bbox: [first.bbox[0] + shift, first.bbox[1], first.bbox[2] + shift, first.bbox[3]], keypoints: first.keypoints.map((value, at) => at % 3 === 0 ? value + shift : value) }
    return { ...crowd, people: [first, second] }
  }

  for (const preset of ['body17', 'skeleton'] as const) {
    await t.test(`${preset}: points of people who overlap are dragged one by one, and found as corrections`, async (t) => {
      const crowd = await drawOverlap()
      const { result } = await openPredicted(`Overlap ${preset}`, labelConfigPreset(preset), crowd)
      const boxes = result.filter(({ type }) => type === 'rectanglelabels').map(({ id }) => id)
      // Both points lie in the box of the other person, too.
      for (const [person, name] of [[0, 'left_wrist'], [1, 'right_knee']] as const) {
        const { x, y } = placeOf(crowd, person, name)
        const [from, to] = await findOnPage(page, [{ x, y }, { x: x + 4, y: y - 3 }]) as [Spot, Spot]
        // The first press takes the region, the second moves its point.
        await page.mouse.click(from.x, from.y)
        await page.waitForFunction((box) => (globalThis as unknown as EditorWindow).Htx?.annotationStore.selected?.regionStore.regions.some(({ parentID, selected }) => selected && parentID === box), boxes[person], { timeout: 30_000 })
        await waitForRegions(page, result.length)
        await drag(page, from, to)
        await waitForRegions(page, result.length)
      }
      await keepScreenshot(page, `overlap-${preset}`)
      const annotation = await submit(page)
      const [prediction] = await readPredictions(studio.client, { task: annotation.task })
      t.equal(annotation.parent_prediction, prediction!.id)

      const people = findCorrections(prediction!.result, annotation.result)
      const changed = people.flatMap(({ person, points }) => points.filter(({ change }) => change !== 'kept').map(({ change, name }) => [person, change, name]))
      t.same(changed, [[boxes[0], 'moved', 'left_wrist'], [boxes[1], 'moved', 'right_knee']])
      t.same(people.map(({ box }) => box), ['kept', 'kept'])
      const point = people[0]!.points.find(({ name }) => name === 'left_wrist')!
      const screenPixel = 100 / 600
      t.ok(Math.abs(point.annotated!.x - point.predicted!.x - 4) < 2 * screenPixel, 'it lies where it was dropped')
      t.ok(Math.abs(point.annotated!.y - point.predicted!.y + 3) < 2 * screenPixel)
      t.equal(point.score, Math.round(1e4 * crowd.people[0]!.keypoints[9 * 3 + 2]!) / 1e4)
      t.equal(annotation.result.length, result.length)
    })
  }

  await t.test('marks on unsure points are shown and kept', async (t) => {
    const mark = '<Choices name="certainty" toName="image" perRegion="true" visibleWhen="region-selected" unsure_below="0.94"><Choice value="unsure"/></Choices>'
    const crowd = await drawCrowd(1)
    const { result } = await openPredicted('Marks', labelConfigPreset('body17').replace('<Rectangle name="prompt"', `${mark}<Rectangle name="prompt"`), crowd)
    const marked = result.filter(({ type }) => type === 'choices').map(({ id }) => id)
    t.equal(marked.length, 6, 'confidences fall from 0.95 by a thousandth per point: eleven of 17 are sure')
    t.equal(await page.getByText('unsure', { exact: true }).count(), 0, 'nothing of it without a selection')
    const [hip] = await findOnPage(page, [placeOf(crowd, 0, 'left_hip')])
    await page.mouse.click(hip!.x, hip!.y)
    t.equal(await page.getByRole('checkbox', { name: 'unsure' }).isChecked(), true)
    await keepScreenshot(page, 'unsure')
    const annotation = await submit(page)
    t.same(annotation.result.filter(({ type }) => type === 'choices').map(({ id }) => id), marked)
    t.equal(annotation.result.length, result.length, 'and no region more')
  })

  await t.test('doubles are removed while the task is open: the one that the annotator has begun with stays', async (t) => {
    const { project, result } = await openPredicted('Doubles', labelConfigPreset('body17'), await drawCrowd(1), 2)
    t.equal(await removeDoubles(studio.client, project, 'v1'), 1)
    const left = await readPredictions(studio.client, { project })
    t.equal(left.length, 1)
    // Label Studio would refuse it if its prediction was gone.
    const annotation = await submit(page)
    t.equal(annotation.parent_prediction, left[0]!.id)
    t.equal(annotation.result.length, result.length)
  })

  await t.test('the Data Manager brings what is worth a look first, in the order of the prediction score', async (t) => {
    const service = await startService(t, { LABEL_STUDIO_URL: studio.url, LABEL_STUDIO_API_KEY: studio.pat })
    const { model_version: title } = await (await fetch(`${service.url}/setup`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).json() as { model_version: string }
    const { id } = await createProject(studio.client, { title: 'Order', label_config: labelConfigPreset('body17') })
    // The column shows predictions of the project's version alone, which Label Studio takes from the title of the model.
    await addMlBackend(studio.client, { url: service.url, project: id, title })
    const names = ['figure-4.jpg', 'figure-1.jpg', 'empty-1.jpg', 'figure-2.jpg', 'figure-6.jpg']
    const tasks = await importPictures(studio.client, id, await Promise.all(names.map(async (name) => toDataUri(await readDrawnFigure(name)))))
    await retrievePredictions(studio.client, id)
    const stored = await readPredictions(studio.client, { project: id })
    const scores = new Map(stored.map(({ task, score }) => [task, score!]))
    t.equal(scores.size, names.length)
    for (const { task, result, score } of stored) {
      const people = result.filter(({ type }) => type === 'rectanglelabels').map((person) => person.score!)
      t.equal(score, people.length === 0 ? 0 : Math.min(...people), `${names[tasks.indexOf(task)]}: the least sure person`)
    }
    const ascending = [...tasks].sort((a, b) => scores.get(a)! - scores.get(b)!)
    t.not(String(ascending), String(tasks), 'another order than that of the import')
    const ordered = async (column: string) => (await readTasks(studio.client, id, { query: { ordering: [column] } })).tasks.map(({ id }) => id)
    t.same(await ordered('tasks:predictions_score'), ascending)
    t.same(await ordered('-tasks:predictions_score'), [...ascending].reverse())
  })
})

/** Percent of the picture. */
function placeOf ({ people, width, height }: DrawnCrowd, person: number, name: string): Spot {
  const at = cocoWholebody133.names.indexOf(name) * 3
  return { x: people[person]!.keypoints[at]! * 100 / width, y: people[person]!.keypoints[at + 1]! * 100 / height }
}

/** Until the picture and that many regions have stood still for thirty frames: skeletons do not tell when they are drawn. */
async function waitForRegions (page: Page, count: number, timeout = 60_000): Promise<void> {
  await page.evaluate(() => { (globalThis as unknown as EditorWindow).steadyFrames = 0 })
  await page.waitForFunction((count) => {
    const window = globalThis as unknown as EditorWindow
    const annotation = window.Htx?.annotationStore.selected
    const isThere = annotation?.names.get('image')?.stageRef != null && annotation.regionStore.regions.length === count
    window.steadyFrames = isThere ? (window.steadyFrames ?? 0) + 1 : 0
    return window.steadyFrames >= 30
  }, count, { timeout, polling: 'raf' })
}

import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { EventCounts } from '../../../src/quality/events/event-counts.ts'
import type { QualityReport } from '../../../src/quality/quality-report.ts'
import { lacksChromium } from '../../factories/chromium.ts'
import { keepScreenshot } from '../../factories/keep-screenshot.ts'
import { openLabelStudio } from './browser.ts'
import { misplacedPoints, readDrawnFigure, toDataUri } from './drawn-figure.ts'
import { drag, findOnPage, openTask, readRegions, submit, type EditorRegion, type Spot } from './editor.ts'
import { lacksLabelStudio, startLabelStudio } from './label-studio.ts'
import { nanoModels } from './nano-models.ts'
import { connectProject, importPictures, readAnnotations, readPredictions } from './project.ts'
import { startService } from '../../factories/service-process.ts'

/** Four people of the nano models: 17 points and a rectangle each. */
const regionsOfFour = 72
const regionsOfOne = 18
/** CSS pixels. */
const move = { x: 14, y: -11 }
const clear = 12

t.test('corrections', { skip: lacksLabelStudio() || lacksChromium(), timeout: 300_000 }, async (t) => {
  const figure = await readDrawnFigure('figure-5.jpg')
  const studio = await startLabelStudio(t)
  const service = await startService(t, { ...nanoModels, LABEL_STUDIO_URL: studio.url, LABEL_STUDIO_API_KEY: studio.pat })
  const project = await connectProject(studio, service, 'Corrections', 'body17')
  const astray = await readDrawnFigure('figure-6.jpg')
  const [task, other] = await importPictures(studio.client, project.id, [toDataUri(figure), toDataUri(astray)])
  const page = await openLabelStudio(t, studio)
  const regions = await openTask(page, studio.url, project, task!, regionsOfFour)
  const people = regions.filter(({ type }) => type === 'rectangleregion')
  t.equal(people.length, 4)

  /** A point in the box of another person whose rectangle lies above (or below) its own person's, with nothing close by. */
  function pointUnder (above: boolean): EditorRegion {
    return regions.find((point) => point.type === 'keypointregion' &&
      people.some((other, rank) => contains(other, point) && (above ? rank < rankOf(point) : rank > rankOf(point))) &&
      regions.every((other) => other === point || other.type !== 'keypointregion' || distance(other.at!, point.at!) > clear))!
  }
  const rankOf = ({ parent }: EditorRegion) => people.findIndex(({ id }) => id === parent)

  const behind = pointUnder(true)
  const inFront = pointUnder(false)
  t.ok(behind && inFront, 'the boxes of the figure overlap, with points of both people in the other\'s')
  const moved: Array<{ point: EditorRegion, to: Spot }> = []
  for (const [name, point] of Object.entries({ behind, 'in front': inFront })) {
    await t.test(`a point of the person ${name} is dragged`, async (t) => {
      const before = await readRegions(page)
      await drag(page, point.at!, { x: point.at!.x + move.x, y: point.at!.y + move.y })
      const after = await readRegions(page)
      const dragged = after.find(({ id }) => id === point.id)!
      t.ok(distance(dragged.at!, { x: point.at!.x + move.x, y: point.at!.y + move.y }) < 2, 'it lies where it was dropped')
      t.match(dragged, { parent: point.parent, label: point.label, score: point.score, origin: 'prediction-changed' })
      t.same(after.filter(({ id }) => id !== point.id), before.filter(({ id }) => id !== point.id), 'nothing else has moved')
      const [end] = await findOnPage(page, [dragged])
      t.ok(distance(end!, dragged.at!) < 1, 'percent and pixels agree')
      moved.push({ point, to: { x: dragged.x, y: dragged.y } })
    })
  }

  const { result, parent_prediction: prediction } = await submit(page)
  const predicted = (await readPredictions(studio.client, { task: task! })).find(({ id }) => id === prediction)!
  t.equal(result.length, regionsOfFour)
  for (const { point, to } of moved) {
    t.match(result.find(({ id }) => id === point.id), {
      parentID: point.parent,
      origin: 'prediction-changed',
      score: point.score,
      value: { x: to.x, y: to.y, keypointlabels: [point.label] }
    })
  }
  const corrected = new Set(moved.map(({ point }) => point.id))
  const untouched = result.filter(({ id }) => !corrected.has(id))
  t.ok(untouched.every(({ origin }) => origin === 'prediction'))
  t.same(untouched.map(({ id, value }) => [id, round(value.x), round(value.y)]),
    predicted.result.filter(({ id }) => !corrected.has(id)).map(({ id, value }) => [id, round(value.x), round(value.y)]), 'as predicted, in the same order')

  await t.test('a point that went astray is put where it belongs', async (t) => {
    const regions = await openTask(page, studio.url, project, other!, regionsOfOne)
    const wrong = () => regions.filter((region) => misplacedPoints([region], astray, 0, 0.1).length > 0)
    await keepScreenshot(page, 'point-astray')
    const [point] = wrong()
    t.equal(wrong().length, 1, 'the nano models take a hand of this figure for the other')
    const [place] = await findOnPage(page, [astray.people[0]!.points.get(point!.label!)!])
    await drag(page, point!.at!, place!)
    await keepScreenshot(page, 'point-corrected')
    const { result } = await submit(page)
    const { value, ...stored } = result.find(({ id }) => id === point!.id)!
    t.match(stored, { parentID: point!.parent, origin: 'prediction-changed' })
    t.same(misplacedPoints([{ label: point!.label, x: value.x, y: value.y }], astray, 0, 0.01), [])
  })

  await t.test('what the events have told is what the service measures', async (t) => {
    const { report, events } = await readQuality(service.url, project.id, 2)
    const points = { kept: 82, moved: 3, deleted: 0, added: 0, relabelled: 0 }
    t.match(events, { annotations: { created: 2, updated: 0, deleted: 0, repeated: 0, known: 2 }, corrections: { compared: 2, byMarks: 0, withoutPrediction: 0, points, people: { found: 5, added: 0, removed: 0 } } })
    t.same(report.parts.at(-1)!.corrections, points)
    t.match(report, { tasks: { compared: 2, madeFromPrediction: 2 }, people: { paired: 5, added: 0, removed: 0 } })
    t.same(events.secondsPerPicture, report.secondsPerPicture, 'the time that the annotator took')

    const [annotation] = await readAnnotations(studio.client, task!)
    const update = annotation!.result.filter(({ parentID, id }) => parentID !== people[0]!.id && id !== people[0]!.id)
    await studio.client.call('PATCH', `/api/annotations/${annotation!.id}/`, { body: { result: update } })
    const after = await readQuality(service.url, project.id, 3)
    t.match(after.events, { annotations: { created: 2, updated: 1, known: 2 }, corrections: { people: { found: 4, added: 0, removed: 1 } } })
    t.same(after.events.corrections.points, after.report.parts.at(-1)!.corrections)
    t.match(after.report.people, { paired: 4, removed: 1 })

    await studio.client.call('DELETE', `/api/annotations/${annotation!.id}/`)
    const { report: left, events: rest } = await readQuality(service.url, project.id, 4)
    t.match(rest, { annotations: { deleted: 1, known: 1 } })
    t.same(rest.corrections.points, left.parts.at(-1)!.corrections)
  })
})

/** The report, when so many changes of annotations have arrived and are counted. */
async function readQuality (url: string, project: number, changes: number): Promise<{ report: QualityReport, events: EventCounts }> {
  const ask = async (query: string) => await (await fetch(`${url}/projects/${project}/quality${query}`)).json() as { report: QualityReport, events: EventCounts }
  for (let tries = 0; tries < 20; tries++) {
    const { events: { annotations: { created, updated, deleted }, intake } } = await ask('?report=false')
    if (created + updated + deleted >= changes && intake.waiting === 0) break
    await sleep(250)
  }
  return ask('')
}

/** Whether a point (percent) lies in a rectangle. */
function contains (rectangle: EditorRegion, { x, y }: EditorRegion): boolean {
  return x > rectangle.x && y > rectangle.y && x < rectangle.x + rectangle.width! && y < rectangle.y + rectangle.height!
}

function distance (a: Spot, b: Spot): number {
  return Math.hypot(a.x - b.x, a.y - b.y)
}

function round (percent: number): number {
  return Math.round(percent * 100) / 100
}

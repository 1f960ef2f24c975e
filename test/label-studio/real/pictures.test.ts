import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { cocoWholebody133 } from '../../../models/keypoints/coco-wholebody-133.ts'
import { lacksChromium } from '../../factories/chromium.ts'
import { startFileServer } from '../../factories/file-server.ts'
import { keepScreenshot } from '../../factories/keep-screenshot.ts'
import { openLabelStudio } from './browser.ts'
import { misplacedPoints, readDrawnFigure, toDataUri } from './drawn-figure.ts'
import { openTask, readRegions, submit } from './editor.ts'
import { lacksLabelStudio, startLabelStudio } from './label-studio.ts'
import { nanoDetectorStarterPose } from './nano-models.ts'
import { addLocalFiles, connectProject, importPictures, readAnnotations, readPredictions, retrievePredictions, uploadPictures, type StoredRegion } from './project.ts'
import { labelColours, missingColours } from './screen.ts'
import { startService } from '../../factories/service-process.ts'

/** Share of the picture's width; the networks are within 0.04 on this figure. */
const tolerance = 0.06

t.test('pictures from everywhere', { skip: lacksLabelStudio() || lacksChromium(), timeout: 300_000 }, async (t) => {
  const figure = await readDrawnFigure('figure-1.jpg')
  const files = await mkdtemp(join(tmpdir(), 'local-files-'))
  t.teardown(() => rm(files, { recursive: true, force: true }))
  for (const project of ['mounted', 'http']) {
    await mkdir(join(files, project))
    await writeFile(join(files, project, figure.name), figure.bytes)
  }
  const server = await startFileServer(t, { '/figure.jpg': figure.bytes })
  // As new installations are: without a legacy token Label Studio cannot hand its own to the service in /setup.
  const studio = await startLabelStudio(t, { localFiles: files, hasLegacyTokens: false })

  /** The four ways into a task. @returns their tasks, in this order: upload, local file, address, data: URI */
  async function fill (project: number, folder: string): Promise<number[]> {
    return [
      ...await uploadPictures(studio, project, [figure]),
      ...await addLocalFiles(studio.client, project, join(files, folder)),
      ...await importPictures(studio.client, project, [`${server.origin}/figure.jpg`, toDataUri(figure)])
    ]
  }

  function misplaced (result: readonly StoredRegion[]): string[] {
    return misplacedPoints(result.map(({ value }) => ({ label: value.keypointlabels?.[0] ?? null, x: value.x, y: value.y })), figure, 0, tolerance)
  }

  async function checkPredictions (t: Test, project: number, tasks: readonly number[]): Promise<void> {
    t.equal(await retrievePredictions(studio.client, project), 'Retrieved 4 predictions')
    const predictions = await readPredictions(studio.client, { project })
    t.same([...new Set(predictions.map(({ task }) => task))].sort((a, b) => a - b), tasks)
    for (const { result } of predictions) t.same([people(result).length, misplaced(result)], [1, []])
  }

  await t.test('Label Studio\'s folders mounted, no token', async (t) => {
    const service = await startService(t, { ...nanoDetectorStarterPose, DATA_DIR: studio.dataDir, LOCAL_FILES_DIR: files, IMAGE_ORIGINS: server.origin })
    const project = await connectProject(studio, service, 'Mounted folders', 'wholebody133')
    const tasks = await fill(project.id, 'mounted')
    t.equal(tasks.length, 4)
    await checkPredictions(t, project.id, tasks)
    t.notMatch(await studio.readLog(), /GET \/data\//, 'nothing went over HTTP')
  })

  await t.test('over HTTP with a personal access token', async (t) => {
    const service = await startService(t, { ...nanoDetectorStarterPose, LABEL_STUDIO_URL: studio.url, LABEL_STUDIO_API_KEY: studio.pat, IMAGE_ORIGINS: server.origin })
    const estimated = async () => (await (await fetch(`${service.url}/health`)).json() as { pictures: { estimated: number } }).pictures.estimated
    const project = await connectProject(studio, service, 'Pictures over HTTP', 'wholebody133')
    const tasks = await fill(project.id, 'http')
    const page = await openLabelStudio(t, studio)

    await t.test('opening a task shows the person', async (t) => {
      const before = await estimated()
      const regions = await openTask(page, studio.url, project, tasks[0]!, 101)
      await keepScreenshot(page, 'task-opened', { x: 240, y: 0, width: 1360, height: 1000 })
      const points = regions.filter(({ type }) => type === 'keypointregion')
      const [person, ...others] = regions.filter(({ type }) => type === 'rectangleregion')
      t.same([person!.label, others], ['person', []])
      t.ok(regions.slice(0, -1).every(({ parent }) => parent === person!.id), 'all points belong to the person')
      t.equal(regions.at(-1)!.id, person!.id, 'the rectangle lies below its points')
      t.ok(cocoWholebody133.names.slice(0, 17).every((name) => points.some(({ label }) => label === name)), 'the whole body')
      t.same(misplacedPoints(points, figure, 0, tolerance), [])
      const colours = labelColours(project.labelConfig)
      // Body and feet: points of a hand or a face lie over each other.
      const shown = points.flatMap((point) => cocoWholebody133.names.indexOf(point.label!) < 23 ? [{ ...point, colour: colours.get(point.label!)! }] : [])
      t.same((await missingColours(page, shown)).map(({ label }) => label), [], 'each point is seen, in the colour of its label')

      const predictions = await readPredictions(studio.client, { task: tasks[0]! })
      t.ok(predictions.length >= 1 && predictions.length <= 2, 'the editor asks twice at once, and Label Studio keeps both answers')
      t.equal(await estimated() - before, 1, 'the network ran once')
    })

    await t.test('submit keeps parents, names and scores', async (t) => {
      const shown = await readRegions(page)
      const elbow = shown.find(({ label }) => label === 'left_elbow')!
      await page.mouse.click(elbow.at!.x, elbow.at!.y)
      await keepScreenshot(page, 'point-in-tree', { x: 1280, y: 90, width: 320, height: 910 })
      await page.keyboard.press('Escape')
      await submit(page)
      const [{ result, parent_prediction: prediction }] = await readAnnotations(studio.client, tasks[0]!) as [Awaited<ReturnType<typeof readAnnotations>>[number]]
      const predicted = (await readPredictions(studio.client, { task: tasks[0]! })).find(({ id }) => id === prediction)!
      t.equal(result.length, shown.length)
      t.same(result.map(essence), predicted.result.map((region) => essence({ ...region, origin: 'prediction' })))
    })

    await t.test('the others', async (t) => {
      await checkPredictions(t, project.id, tasks)
    })
  })
})

/** What must survive from a prediction to the stored annotation. */
function essence ({ id, type, from_name: fromName, parentID, score, origin, value }: StoredRegion) {
  const round = (percent: number | undefined) => percent === undefined ? null : Math.round(percent * 100) / 100
  return {
    id,
    type,
    fromName,
    parent: parentID ?? null,
    score,
    origin,
    labels: value.keypointlabels ?? value.rectanglelabels,
    place: [value.x, value.y, value.width, value.height].map(round)
  }
}

function people (result: readonly StoredRegion[]): StoredRegion[] {
  return result.filter(({ type }) => type === 'rectanglelabels')
}

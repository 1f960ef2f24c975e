import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { cocoWholebody133 } from '../../../models/keypoints/coco-wholebody-133.ts'
import { createProject } from '../../../src/label-studio/client/projects.ts'
import { labelConfigPreset } from '../../../src/label-studio/label-config-preset.ts'
import type { QualityReport } from '../../../src/quality/quality-report.ts'
import { callCli } from '../../factories/call-cli.ts'
import { lacksChromium } from '../../factories/chromium.ts'
import { regionsOf, temporaryFolder } from '../../factories/exported-tasks.ts'
import { buildPerson } from '../../factories/person.ts'
import { openLabelStudio } from './browser.ts'
import { readDrawnFigure, toDataUri } from './drawn-figure.ts'
import { waitForRegions } from './editor.ts'
import { lacksLabelStudio, startLabelStudio } from './label-studio.ts'
import { readPredictions, type StoredRegion } from './project.ts'

const tasks = 40

/** What an annotator does to the regions of a task. */
function correct (regions: readonly StoredRegion[], task: number): StoredRegion[] {
  const named = (region: StoredRegion, name: string) => region.value.keypointlabels?.[0] === name
  switch (task % 4) {
    case 0: return [...regions]
    case 1: return regions.map((region) => named(region, 'left_knee') ? { ...region, origin: 'prediction-changed', value: { ...region.value, x: region.value.x + 20 } } : region)
    case 2: return regions.filter((region) => !named(region, 'nose'))
    default: return []
  }
}

t.test('predictions of a project against what was submitted', { skip: lacksLabelStudio(), timeout: 300_000 }, async (t) => {
  const studio = await startLabelStudio(t)
  const figure = await readDrawnFigure('figure-1.jpg')
  const { box, points } = figure.people[0]!
  const person = buildPerson(cocoWholebody133, {
    bbox: box,
    points: Object.fromEntries([...points].map(([name, { x, y }]) => [cocoWholebody133.names.indexOf(name), [x * figure.width / 100, y * figure.height / 100, 0.8]])),
    missing: cocoWholebody133.names.flatMap((name, index) => points.has(name) ? [] : [index])
  })
  const xml = labelConfigPreset('wholebody133')
  const project = await createProject(studio.client, { title: 'Quality', label_config: xml })
  const body = Array.from({ length: tasks }, () => ({
    data: { image: toDataUri(figure) },
    predictions: [{ model_version: 'v1', score: 0.8, result: regionsOf(xml, [person], { size: figure }) }]
  }))
  const { task_ids: ids } = await studio.client.call('POST', `/api/projects/${project.id}/import`, { query: { return_task_ids: true }, body }) as { task_ids: number[] }
  const predictions = new Map((await readPredictions(studio.client, { project: project.id })).map((prediction) => [prediction.task, prediction]))
  // The last one stays without annotation, the one before was drawn without looking at the prediction.
  for (const [index, id] of ids.slice(0, -1).entries()) {
    const { id: prediction, result } = predictions.get(id)!
    await studio.client.call('POST', `/api/tasks/${id}/annotations/`, { body: { result: correct(result, index), lead_time: 12, ...(index < tasks - 2 && { parent_prediction: prediction }) } })
  }

  const folder = await temporaryFolder(t)
  const evaluate = (...args: string[]) => callCli(['evaluate', '--project', String(project.id), '--url', studio.url, '--token', studio.pat, ...args])
  const json = await evaluate('--json', '--out', join(folder, 'report.html'))
  t.equal(json.code, 0, json.err)
  const report = JSON.parse(json.out) as QualityReport
  t.match(report, {
    from: { project: project.id },
    tasks: { read: tasks - 1, compared: tasks - 1, withoutAnnotation: 1, withoutPrediction: 0, madeFromPrediction: tasks - 2 },
    modelVersions: { v1: tasks - 1 },
    pictures: tasks - 1,
    people: { predicted: 39, annotated: 30, paired: 30, added: 0, removed: 9 },
    secondsPerPicture: { median: 12, annotations: tasks - 1 },
    problems: { count: 0 }
  })
  t.match(json.err, '1 annotation was not made from a prediction')
  const body17 = report.parts[0]!
  const seen = cocoWholebody133.names.slice(0, 17).filter((name) => points.has(name)).length
  t.ok(points.has('nose') && points.has('left_knee'))
  t.same(body17.corrections, { kept: 10 * seen + 10 * (seen - 1) + 9 * (seen - 1), moved: 10, deleted: 9 + 9 * seen, added: 0, relabelled: 0 })
  t.ok(body17.oks! > 0.95 && body17.oks! < 1)
  t.ok(body17.ap! > 0.5 && body17.ap! < 1)
  t.same(report.worst.map(({ removed }) => removed), [...Array(9).fill(1), ...Array(10).fill(0)], 'nobody was there, then a knee in the wrong place')

  const table = await evaluate('--model-version', 'v1')
  t.equal(table.code, 0)
  t.match(table.out, `project ${project.id}: ${tasks - 1} tasks compared`)
  t.match(table.out, `${studio.url}/projects/${project.id}/data?task=${report.worst[0]!.task}`)
  const foreign = await callCli(['evaluate', '--project', '999', '--url', studio.url, '--token', studio.pat])
  t.equal(foreign.code, 1)
  t.match(foreign.err, '404')

  await t.test('the report opens from disk and leads to the task', { skip: lacksChromium() }, async (t) => {
    const page = await openLabelStudio(t, studio)
    // openLabelStudio keeps everything away that is not of Label Studio.
    await page.route('file:///**', (route) => route.continue())
    await page.goto(`file://${join(folder, 'report.html')}`)
    t.equal(await page.title(), `Quality of project ${project.id}`)
    await page.click('.picture a')
    await waitForRegions(page, 0)
    t.match(page.url(), `task=${report.worst[0]!.task}`)
  })
  t.match(await readFile(join(folder, 'report.html'), 'utf8'), 'v1')
})

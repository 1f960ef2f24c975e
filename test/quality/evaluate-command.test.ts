import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { halpe26 } from '../../models/keypoints/halpe-26.ts'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import type { QualityReport } from '../../src/quality/quality-report.ts'
import { callCli, type Called } from '../factories/call-cli.ts'
import { correctedTask, isPoint, wholebody, type Region } from '../factories/corrected-task.ts'
import { regionsOf, temporaryFolder, writeExport } from '../factories/exported-tasks.ts'
import { buildPerson } from '../factories/person.ts'

async function evaluate (t: Test, tasks: readonly object[], args: readonly string[] = []): Promise<Called & { report: QualityReport, folder: string }> {
  const folder = await temporaryFolder(t)
  const called = await callCli(['evaluate', '--from', await writeExport(folder, tasks), '--json', ...args.map((arg) => arg.replace('<folder>', folder))])
  return { ...called, folder, report: (called.out === '' ? null : JSON.parse(called.out)) as QualityReport }
}

const [left, right] = [buildPerson(cocoWholebody133, { bbox: [50, 50, 250, 450] }), buildPerson(cocoWholebody133, { bbox: [400, 50, 600, 450] })]

t.test('what annotators left alone is perfect', async (t) => {
  const { code, report, err } = await evaluate(t, [correctedTask(1, [left, right]), correctedTask(2, [left], undefined, { seconds: 50 })])
  t.equal(code, 0, err)
  t.match(report, {
    from: { file: 'export.json' },
    keypointSet: 'coco-wholebody-133',
    tasks: { read: 2, compared: 2, madeFromPrediction: 2 },
    modelVersions: { v1: 2 },
    pictures: 2,
    people: { predicted: 3, annotated: 3, paired: 3, added: 0, removed: 0 },
    secondsPerPicture: { mean: 40, median: 30, annotations: 2 },
    worst: [],
    problems: { count: 0 }
  })
  t.same(report.parts.map(({ name }) => name), ['body', 'feet', 'face', 'left_hand', 'right_hand', 'whole'])
  for (const part of report.parts) {
    t.match(part, { people: 3, oks: 1, pck05: 1, pck10: 1, ar: 1, corrections: { moved: 0, deleted: 0, added: 0 } }, part.name)
    t.ok(part.ap! > 0.999999)
    t.equal(part.corrections.kept, part.points)
  }
  t.equal(report.oksHistogram.at(-1), 3)
})

t.test('what annotators changed', async (t) => {
  const tasks = [
    correctedTask(1, [left], (regions) => regions.filter((region) => !isPoint(region, 'nose')).map((region) => isPoint(region, 'left_knee') ? { ...region, origin: 'prediction-changed', value: { ...region.value, x: region.value.x + 10 } } : region)),
    // The second person is gone, and one was drawn that was missed.
    correctedTask(2, [left, right], (regions) => {
      const gone = regions.at(-1)!.id
      const drawn = (regionsOf(wholebody, [buildPerson(cocoWholebody133, { bbox: [800, 50, 1000, 450] })]) as Region[]).map((region) => ({ ...region, id: `new-${region.id}`, ...(region.parentID !== undefined && { parentID: `new-${region.parentID}` }) }))
      return [...regions.filter(({ id, parentID }) => id !== gone && parentID !== gone), ...drawn]
    }),
    correctedTask(3, [right])
  ]
  const { code, report } = await evaluate(t, tasks, ['--url', 'http://studio.test:8080/'])
  t.equal(code, 0)
  t.match(report.people, { predicted: 4, annotated: 4, paired: 3, added: 1, removed: 1 })
  const [body, , , , , whole] = report.parts as [QualityReport['parts'][0], unknown, unknown, unknown, unknown, QualityReport['parts'][0]]
  t.same(body.corrections, { kept: 3 * 17 - 2, moved: 1, deleted: 18, added: 17, relabelled: 0 })
  t.same(whole.corrections, { kept: 3 * 133 - 2, moved: 1, deleted: 134, added: 133, relabelled: 0 })
  t.equal(body.points, 50, 'the nose is no longer annotated')
  t.ok(Math.abs(body.pck10! - 49 / 50) < 1e-9, '128 pixels are more than a tenth of 400')
  t.ok(body.ap! < 0.9 && body.ar! < 0.9)
  t.same(report.worst.map(({ task, paired, added, removed, link }) => [task, paired, added, removed, link]), [
    [2, 1, 1, 1, 'http://studio.test:8080/projects/7/data?task=2'],
    [1, 1, 0, 0, 'http://studio.test:8080/projects/7/data?task=1']
  ])
  t.ok(Math.abs(report.worst[0]!.oks - 1 / 3) < 1e-6)
  // Of 532 predicted points one was moved away and one deleted, and 133 were of nobody.
  const { bands } = report.reliability
  t.equal(bands.reduce((sum, { points }) => sum + points, 0), 532)
  t.equal(Math.round(bands.reduce((sum, { points, right }) => sum + points * right, 0)), 532 - 135)
})

t.test('without its own prediction an annotation is measured against the newest, and the command says so', async (t) => {
  const two = correctedTask(1, [left], undefined, { parent: 9 })
  two.predictions.unshift({ id: 400, result: [], model_version: 'v0', created_at: '2026-11-24T10:00:00Z' })
  const tasks = [two, correctedTask(2, [right]), { ...correctedTask(3, [right]), predictions: [] }, { ...correctedTask(4, [right]), annotations: [] }]
  const { code, report, err } = await evaluate(t, tasks)
  t.equal(code, 0)
  t.same(report.tasks, { read: 4, compared: 2, withoutAnnotation: 1, withoutPrediction: 1, madeFromPrediction: 1, unread: 0 })
  t.match(report.modelVersions, { v1: 2 })
  t.match(err, '1 annotation was not made from a prediction that is still there: compared with the newest one of the task.')
  t.match(err, 'Left out: 1 task without prediction.')
  t.equal(report.parts[0]!.corrections.kept, 17, 'what was changed is told of the other task alone')

  const old = await evaluate(t, tasks, ['--model-version', 'v0'])
  t.same([old.code, old.report.modelVersions, old.report.people.added], [0, { v0: 1 }, 1])
  const none = await evaluate(t, tasks, ['--model-version', 'v9'])
  t.equal(none.code, 1)
  t.match(none.err, 'There is nothing to measure: no task has an annotation and a prediction of v9.')
})

t.test('a model version may be called as it likes', async (t) => {
  const { report } = await evaluate(t, ['constructor', '__proto__'].map((version, index) => correctedTask(index + 1, [left], undefined, { version })))
  t.same(Object.entries(report.modelVersions), [['constructor', 1], ['__proto__', 1]])
})

t.test('skeletons of 26 points are measured whole where --points says so', async (t) => {
  const result = regionsOf(labelConfigPreset('skeleton'), [buildPerson(halpe26)], { set: halpe26 })
  const task = { id: 1, data: { image: 'a.jpg' }, annotations: [{ id: 1, result, parent_prediction: 5 }], predictions: [{ id: 5, result, model_version: 'v1' }] }
  const whole = async (...args: string[]) => (await evaluate(t, [task], args)).report.parts.at(-1)
  t.match(await whole(), { points: 23, corrections: { kept: 23 } }, 'no label tells of neck, head and hip')
  t.match(await whole('--points', 'halpe-26'), { points: 26, corrections: { kept: 26 } })
  const { code, err } = await callCli(['evaluate', '--project', '1', '--points', 'coco'])
  t.equal(code, 64)
  t.match(err, '--points coco is not valid: coco-17, halpe-26, coco-wholebody-133 is.')
})

t.test('the table for the terminal', async (t) => {
  const folder = await temporaryFolder(t)
  const file = await writeExport(folder, [correctedTask(1, [left, right], (regions) => regions.filter((region) => !isPoint(region, 'nose'))), correctedTask(2, [left], undefined, { version: 'v2' })])
  const { code, out, err } = await callCli(['evaluate', '--from', file])
  t.equal(code, 0)
  const lines = out.split('\n')
  t.equal(lines[0], 'export.json: 2 tasks compared, 2 with the prediction the annotation was made from')
  t.equal(lines[1], 'Model: v1 (1 task), v2 (1 task)')
  t.match(err, '--model-version takes one of them')
  t.equal(lines[2], 'People: 3 annotated, 3 predicted, 3 of them the same; 0 added, 0 removed by annotators')
  t.match(lines.find((line) => line.startsWith('body')), /^body +3 +1\.000 +100\.0 % +100\.0 % +1\.000 .* 96\.1 % +0\.0 % +3\.9 % +0\.0 %$/)
  t.equal(lines.filter((line) => /^(body|feet|face|left hand|right hand|all points) /.test(line)).length, 6)
  const widths = new Set(lines.filter((line) => /^(part|body|feet|face|left hand|right hand|all points) /.test(line)).map((line) => line.length))
  t.equal(widths.size, 1, 'the columns stand below each other')
})

t.test('the report is one file that asks nothing from anywhere', async (t) => {
  const tasks = Array.from({ length: 30 }, (_, index) => correctedTask(index + 1, [left], (regions) => regions.map((region, place) => place <= index ? { ...region, value: { ...region.value, x: region.value.x + 10 } } : region), { version: '<script>alert(1)</script>' }))
  const { code, folder, err } = await evaluate(t, tasks, ['--out', '<folder>/report.html', '--url', 'http://studio.test'])
  t.equal(code, 0, err)
  const html = await readFile(join(folder, 'report.html'), 'utf8')
  t.match(html, /^<!doctype html>/)
  t.notMatch(html, /<script|<img|<link|@import|url\(|src=/)
  t.match(html, '&lt;script&gt;')
  t.match(html, "default-src 'none'")
  t.equal((html.match(/<svg /g) ?? []).length, 4 + 24, 'four plots, and the worst pictures')
  t.equal((html.match(/class="picture"/g) ?? []).length, 24)
  const places = [...html.matchAll(/href="([^"]*)"/g)].map((match) => match[1]!)
  t.equal(places.length, 24)
  t.ok(places.every((place) => /^http:\/\/studio\.test\/projects\/7\/data\?task=\d+$/.test(place)))
  t.notMatch(html, /NaN|undefined|Infinity|null/)
})

t.test('what cannot be read is named, and wrong uses too', async (t) => {
  const broken = await evaluate(t, [correctedTask(1, [left], (regions) => [...regions, { ...regions[0]!, id: 'odd', value: { x: 400, y: 5, keypointlabels: ['nose'] } }])])
  t.equal(broken.code, 65)
  t.match(broken.err, 'task 1, region odd (nose) lies outside the picture')
  t.equal(broken.report.problems.count, 1)

  const folder = await temporaryFolder(t)
  for (const [args, sentence] of [
    [[], 'Either --project <id> or --from <export.json> is needed.'],
    [['--project', 'three'], '--project three is not valid'],
    [['--project', '3', '--jsno'], /Unknown option '--jsno'/],
    [['--from', 'export.json', '--url', 'javascript:alert(1)'], '--url is not valid'],
    [['--project', '3'], '--url is missing']
  ] as const) {
    const { code, err } = await callCli(['evaluate', ...args])
    t.equal(code, 64)
    t.match(err, sentence)
  }
  const nowhere = await evaluate(t, [correctedTask(1, [left])], ['--out', '<folder>/none/report.html'])
  t.equal(nowhere.code, 64)
  t.match(nowhere.err, /--out .*report\.html cannot be written \(ENOENT\)\./)
  const missing = await callCli(['evaluate', '--from', join(folder, 'none.json'), '--out', join(folder, 'report.html')])
  t.equal(missing.code, 1)
  t.match(missing.err, 'There is no file')
  t.notOk(existsSync(join(folder, 'report.html')))
})

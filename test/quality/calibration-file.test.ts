import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createConfidenceCalibration } from '../../models/confidence/confidence-calibration.ts'
import { parseProjectCalibration, type ProjectCalibration } from '../../models/confidence/project-calibration.ts'
import { reindexCalibration } from '../../models/confidence/reindex-calibration.ts'
import { coco17 } from '../../models/keypoints/coco-17.ts'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { halpe26 } from '../../models/keypoints/halpe-26.ts'
import { ConfigError } from '../../src/config.ts'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import { callCli } from '../factories/call-cli.ts'
import { regionsOf, temporaryFolder, writeExport } from '../factories/exported-tasks.ts'
import { labelConfig, peopleControl, pointsControl } from '../factories/label-config.ts'
import { buildPerson } from '../factories/person.ts'
import { createSeededRandom } from '../factories/seeded-random.ts'
import { drawnTask } from '../factories/task.ts'
import { buildTestApp } from '../factories/test-app.ts'

const wholebody = labelConfigPreset('wholebody133')

interface Region { id: string, type: string, value: { x: number, y: number, keypointlabels?: string[] }, score: number }

/** Points of the body are right as often as the square of their score says, those of the face always. */
function overconfidentTasks (count: number, version = 'v1'): object[] {
  const random = createSeededRandom(5)
  return Array.from({ length: count }, (_, index) => {
    const points = Object.fromEntries(cocoWholebody133.names.map((_, point) => [point, [200 + point % 12 * 20, 100 + Math.floor(point / 12) * 50, 0.4 + 0.6 * random()] as const]))
    const result = regionsOf(wholebody, [buildPerson(cocoWholebody133, { bbox: [180, 80, 460, 720], points })]) as Region[]
    const annotated = result.map((region) => {
      const point = cocoWholebody133.names.indexOf(region.value.keypointlabels?.[0] ?? '')
      const isWrong = point >= 0 && point < 17 && random() > region.score ** 2
      return isWrong ? { ...region, value: { ...region.value, x: region.value.x + 40 } } : region
    })
    return {
      id: index + 1,
      data: { image: `/data/upload/1/picture-${index}.jpg` },
      annotations: [{ id: 1, result: annotated, parent_prediction: 500 + index }],
      predictions: [{ id: 500 + index, result, model_version: version }]
    }
  })
}

async function writeCalibration (t: Test, tasks: readonly object[], ...args: string[]) {
  const folder = await temporaryFolder(t)
  const file = join(folder, 'calibration.json')
  const called = await callCli(['evaluate', '--from', await writeExport(folder, tasks), '--json', '--write-calibration', file, ...args])
  return { ...called, file }
}

t.test('the file says how often points of a score were right', async (t) => {
  const { code, out, err, file } = await writeCalibration(t, overconfidentTasks(150))
  t.equal(code, 0, err)
  t.match(err, `${file} is written`)
  const written = parseProjectCalibration(JSON.parse(await readFile(file, 'utf8')))
  t.match(written, { keypointSet: 'coco-wholebody-133', modelVersion: 'v1', points: 150 * 133 })
  const calibrate = createConfidenceCalibration(written)
  for (const score of [0.5, 0.6, 0.7, 0.8, 0.9, 0.95]) {
    t.ok(Math.abs(calibrate(0, score) - score ** 2) < 0.08, `body, ${score} becomes ${calibrate(0, score)}`)
    t.equal(calibrate(50, score), 1, 'a face that is always right')
  }
  t.equal(calibrate(0, 0.3), 0, 'what was never shown stays hidden')
  const { reliability } = JSON.parse(out) as { reliability: { error: number, calibrated: { error: number } } }
  t.ok(reliability.error > 0.1 && reliability.calibrated.error < 0.02, `off by ${reliability.error}, then by ${reliability.calibrated.error}`)
})

t.test('the file of an interface for body and feet is for every network that has these points', async (t) => {
  const random = createSeededRandom(9)
  const tasks = Array.from({ length: 40 }, (_, index) => {
    const points = Object.fromEntries(halpe26.names.map((_, point) => [point, [200 + point * 20, 100 + point * 20, 0.4 + 0.6 * random()] as const]))
    const result = regionsOf(labelConfigPreset('body23'), [buildPerson(halpe26, { bbox: [180, 80, 760, 720], points })], { set: halpe26 })
    return { id: index + 1, data: { image: `${index}.jpg` }, annotations: [{ id: 1, result, parent_prediction: 500 + index }], predictions: [{ id: 500 + index, result, model_version: 'v1' }] }
  })
  const { code, err, file } = await writeCalibration(t, tasks)
  t.equal(code, 0, err)
  const written = parseProjectCalibration(JSON.parse(await readFile(file, 'utf8')))
  const feet = halpe26.names.filter((name) => /toe|heel/.test(name)).sort()
  for (const [id, { names }] of Object.entries({ 'halpe-26': halpe26, 'coco-wholebody-133': cocoWholebody133 } as const)) {
    const applied = reindexCalibration(written, id as 'halpe-26' | 'coco-wholebody-133')
    t.same(applied?.groups.map(({ points }) => points.map((point) => names[point]!).sort()), [[...coco17.names].sort(), feet], id)
  }
})

t.test('no file where scores mean nothing', async (t) => {
  const mixed = await writeCalibration(t, [...overconfidentTasks(3), ...overconfidentTasks(3, 'v2')])
  t.equal(mixed.code, 1)
  t.match(mixed.err, 'choose one with --model-version')
  await t.rejects(readFile(mixed.file), { code: 'ENOENT' })
  const chosen = await writeCalibration(t, [...overconfidentTasks(20), ...overconfidentTasks(3, 'v2')], '--model-version', 'v1')
  t.equal(chosen.code, 0, chosen.err)
  const few = await writeCalibration(t, overconfidentTasks(2))
  t.equal(few.code, 1)
  t.match(few.err, 'Too few points for a calibration')
})

t.test('the service takes it', async (t) => {
  const folder = await temporaryFolder(t)
  const write = async (name: string, content: unknown): Promise<string> => {
    await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
    return join(folder, name)
  }
  const predict = async (t: Test, env: Record<string, string>) => {
    const { app, service } = await buildTestApp(t, { env: { CONFIDENCE_THRESHOLD: '0', ...env } })
    const xml = labelConfig(pointsControl(cocoWholebody133.names), peopleControl)
    const answer = await app.inject({ method: 'POST', url: '/predict', payload: { tasks: [await drawnTask(1)], label_config: xml } })
    t.equal(answer.statusCode, 200)
    const [{ result }] = (answer.json() as { results: [{ result: Region[] }] }).results
    const scores = new Map(result.flatMap(({ value, score }) => value.keypointlabels === undefined ? [] : [[cocoWholebody133.names.indexOf(value.keypointlabels[0]!), score]]))
    return { scores, health: service.health() }
  }

  const plain = await predict(t, {})
  t.ok(plain.scores.size > 50)
  const body = coco17.names.map((_, point) => point)
  const calibration: ProjectCalibration = { kind: 'label-studio-rtmpose/calibration', keypointSet: 'coco-wholebody-133', modelVersion: plain.health.model_version!, points: 1000, groups: [{ points: body, knots: [[0, 0], [1, 0.5]] }] }
  const file = await write('calibration.json', calibration)
  const calibrated = await predict(t, { CALIBRATION_FILE: file })
  t.same([...calibrated.scores.keys()], [...plain.scores.keys()])
  for (const [point, score] of plain.scores) {
    const expected = point < 17 ? score / 2 : score
    if (Math.abs(calibrated.scores.get(point)! - expected) > 1e-4) t.fail(`point ${point}: ${score} became ${calibrated.scores.get(point)}`)
  }
  t.not(calibrated.health.model_version, plain.health.model_version, 'Label Studio asks anew')
  t.same(calibrated.health.warnings, plain.health.warnings)

  const others = await predict(t, { CALIBRATION_FILE: await write('others.json', { ...calibration, keypointSet: 'coco-17', modelVersion: 'v1', groups: [{ points: body, knots: [[0, 0], [1, 0.6]] }] }) })
  t.ok(others.health.warnings.some((warning) => warning.startsWith('CALIBRATION_FILE was fitted to predictions of v1, ')))
  t.not(others.health.model_version, calibrated.health.model_version)
  t.ok([...others.scores].some(([point, score]) => point < 17 && score < plain.scores.get(point)!), 'the body has the same points in every set')

  const strange = await buildTestApp(t, { env: { CALIBRATION_FILE: await write('halpe.json', { ...calibration, keypointSet: 'halpe-26', groups: [{ points: [17], knots: [[0, 0], [1, 0.5]] }] }) } })
  t.match(strange.service.health().reason, /CALIBRATION_FILE is for the points of halpe-26, but the pose network test-pose\.onnx has those of coco-wholebody-133\./)
  t.equal((await strange.app.inject('/ready')).statusCode, 503)

  for (const [content, sentence] of [
    ['{', /CALIBRATION_FILE=.* cannot be used: .*JSON/],
    [{ ...calibration, kind: 'other' }, /it is no calibration as "label-studio-rtmpose evaluate --write-calibration" writes it/],
    [{ ...calibration, groups: [{ points: [133], knots: [[0, 0], [1, 1]] }] }, /names point 133, but coco-wholebody-133 has points 0 to 132/],
    [{ ...calibration, groups: [{ points: [0], knots: [[0, 0.5], [1, 0.1]] }] }, /must rise/]
  ] as const) {
    const path = await write('wrong.json', content)
    const error = await buildTestApp(t, { models: false, env: { CALIBRATION_FILE: path } }).catch((error: unknown) => error)
    t.ok(error instanceof ConfigError)
    t.match((error as ConfigError).message, sentence)
  }
  const error = await buildTestApp(t, { models: false, env: { CALIBRATION_FILE: join(folder, 'none.json') } }).catch((error: unknown) => error)
  t.match((error as ConfigError).message, 'it cannot be read (ENOENT)')
})

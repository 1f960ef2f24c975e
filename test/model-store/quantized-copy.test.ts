import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { starterDetector, starterInt8, starterPose } from '../../models/registry/starter.ts'
import { keepQuantizedCopy, quantizedPath, useQuantizedCopies, type QuantizedCopy } from '../../src/model-store/quantized-copy.ts'
import { starterFolder } from '../../src/starter-folder.ts'
import { sha256File } from '../../src/model-store/sha256-file.ts'
import { writeTestModels } from '../factories/onnx-model.ts'
import { buildTestApp } from '../factories/test-app.ts'
import { drawnTask, toDataUri } from '../factories/task.ts'

async function prepare (t: Test) {
  const dir = await mkdtemp(join(tmpdir(), 'quantized-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  const files = await writeTestModels(join(dir, 'originals'))
  // What counts here is that it is another network with the same contract.
  const other = await writeTestModels(join(dir, 'copies'), { seed: 7 })
  const models = {
    detector: { path: files.detectorPath, sha256: files.detectorSha256, entry: files.detectorEntry },
    pose: { path: files.posePath, sha256: files.poseSha256, entry: files.poseEntry },
    fallback: null
  }
  async function keep (role: 'detector' | 'pose', refused: string | null): Promise<QuantizedCopy> {
    const made = join(dir, `made-${role}.onnx`)
    await copyFile(role === 'detector' ? other.detectorPath : other.posePath, made)
    const copy: QuantizedCopy = { role, original: models[role].sha256, title: 'test', copy: refused === null ? { sha256: await sha256File(made), bytes: (await stat(made)).size } : null, refused, recipe: [], pictures: 1, people: 1, oks: 1, missed: 0, added: 0, timesFaster: 2, processor: 'test' }
    await keepQuantizedCopy(dir, copy, refused === null ? made : null)
    return copy
  }
  return { dir, models, keep }
}

t.test('a network without a copy stays as it is, and says why', async (t) => {
  const { dir, models, keep } = await prepare(t)
  await keep('pose', 'its poses differ too much')
  const { models: used, warnings } = await useQuantizedCopies(models, dir)
  t.same(used, models)
  t.match(warnings, [/^PRECISION=int8: the detector runs in fp32, because there is no int8 copy.*models quantize/, /^PRECISION=int8: the pose runs in fp32, .*refused: its poses differ too much/])
})

t.test('a good copy takes the place of its original', async (t) => {
  const { dir, models, keep } = await prepare(t)
  const { copy } = await keep('pose', null)
  const { models: used } = await useQuantizedCopies(models, dir)
  t.match(used.pose, { path: quantizedPath(dir, models.pose.sha256), sha256: copy!.sha256, entry: { title: `${models.pose.entry.title} int8`, keypointSet: models.pose.entry.keypointSet } })
  t.equal(used.detector, models.detector)
  t.equal(used.fallback, null, 'the rest stays')

  await t.test('but not when it is damaged', async (t) => {
    const path = quantizedPath(dir, models.pose.sha256)
    const bytes = await readFile(path)
    bytes[bytes.length >> 1]! ^= 255
    await writeFile(path, bytes)
    const { models: afterwards, warnings } = await useQuantizedCopies(models, dir)
    t.equal(afterwards.pose, models.pose)
    t.match(warnings[1], /missing or damaged/)
  })

  await t.test('and a later refusal takes it away', async (t) => {
    await keep('pose', 'it gains too little')
    await t.rejects(stat(quantizedPath(dir, models.pose.sha256)), { code: 'ENOENT' })
    t.match((await useQuantizedCopies(models, dir)).warnings[1], /gains too little/)
  })

  await t.test('and facts that are no facts do not stop the start', async (t) => {
    await writeFile(quantizedPath(dir, models.pose.sha256).replace(/onnx$/, 'json'), '{"copy":true}')
    t.match((await useQuantizedCopies(models, dir)).warnings[1], /there is no int8 copy/)
  })
})

t.test('the starter networks bring theirs', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'quantized-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  const located = <Entry extends { file: string, sha256: string | null }>(entry: Entry) => ({ path: join(starterFolder(), entry.file), sha256: entry.sha256!, entry })
  const models = { detector: located(starterDetector), pose: located(starterPose), fallback: null }
  const { models: used, warnings } = await useQuantizedCopies(models, dir)
  for (const role of ['detector', 'pose'] as const) {
    const copy = starterInt8[role]
    if (copy === null) continue
    t.match(used[role], { path: join(starterFolder(), copy.file), sha256: copy.sha256, entry: { title: `${models[role].entry.title} int8` } })
    t.equal(await sha256File(used[role].path), copy.sha256)
  }
  t.equal(warnings.length, [starterInt8.detector, starterInt8.pose].filter((copy) => copy === null).length)

  const figure = toDataUri(await readFile(new URL('../fixtures/drawn/figure-1.jpg', import.meta.url)))
  const answers: Array<{ version: string, result: unknown[] }> = []
  for (const PRECISION of ['fp32', 'int8']) {
    const { app } = await buildTestApp(t, { models: false, env: { MODE: 'starter', PRECISION, MODEL_DIR: dir } })
    const answer = await app.inject({ method: 'POST', url: '/predict', payload: { tasks: [{ id: 1, data: { image: figure } }] } })
    const health = (await app.inject('/health')).json()
    answers.push({ version: health.model_version, result: answer.json().results[0].result })
  }
  t.match(answers[0]!.version, /^starter-/)
  t.not(answers[0]!.version, answers[1]!.version)
  t.ok(answers[0]!.result.length > 100)
  t.ok(Math.abs(answers[1]!.result.length - answers[0]!.result.length) < 15, 'the same person, nearly the same points')
})

t.test('the service with PRECISION=int8', async (t) => {
  const { dir, models, keep } = await prepare(t)
  await Promise.all([
    writeFile(join(dir, 'originals/detector.json'), JSON.stringify(models.detector.entry)),
    writeFile(join(dir, 'originals/pose.json'), JSON.stringify(models.pose.entry))
  ])
  await keep('pose', null)
  const env = { MODEL_DIR: dir, DETECTOR_MODEL: join(dir, 'originals/detector.json'), POSE_MODEL: join(dir, 'originals/pose.json') }
  const predictions: unknown[] = []
  const versions: string[] = []
  for (const precision of ['fp32', 'int8']) {
    const { app } = await buildTestApp(t, { env: { ...env, PRECISION: precision } })
    const answer = await app.inject({ method: 'POST', url: '/predict', payload: { tasks: [await drawnTask(1)] } })
    const [{ result }] = answer.json().results as [{ result: Array<{ value: unknown }> }]
    t.ok(result.length > 0)
    predictions.push(result.map(({ value }) => value))
    const health = (await app.inject('/health')).json()
    versions.push(health.model_version)
    t.match(health.warnings, precision === 'int8' ? [/the detector runs in fp32/] : [])
    t.match(health.models.pose, precision === 'int8' ? / int8$/ : models.pose.entry.title)
  }
  t.not(versions[0], versions[1], 'Label Studio predicts anew')
  t.notSame(predictions[0], predictions[1], 'another network has answered')
})

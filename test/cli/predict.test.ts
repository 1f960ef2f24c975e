import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { PredictionSchema, type PredictAnswer, type Prediction } from '../../src/label-studio/prediction-schema.ts'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import type { PictureRecord } from '../../src/picture-files/picture-record.ts'
import { callCli } from '../factories/call-cli.ts'
import { temporaryFolder } from '../factories/exported-tasks.ts'
import { startLocalServer } from '../factories/local-server.ts'
import { program } from '../factories/program.ts'
import { sharedDir } from '../factories/shared-dir.ts'
import { buildTestApp } from '../factories/test-app.ts'
import { toDataUri } from '../factories/task.ts'

const project = fileURLToPath(new URL('../../', import.meta.url))
const drawn = join(project, 'test', 'fixtures', 'drawn')
Object.assign(process.env, { MODE: 'starter', WORKERS: '1', MODEL_DOWNLOAD: 'never' })

/** A folder with pictures drawn by this project under other names. */
async function makePictures (t: Test, pictures: Readonly<Record<string, string>>): Promise<{ folder: string, photos: string, out: string }> {
  const folder = await temporaryFolder(t)
  const photos = join(folder, 'photos')
  for (const [name, source] of Object.entries(pictures)) {
    await mkdir(join(photos, name, '..'), { recursive: true })
    await copyFile(join(drawn, source), join(photos, name))
  }
  return { folder, photos, out: join(folder, 'out') }
}

const readJson = async <T = Record<string, unknown>>(...path: string[]) => JSON.parse(await readFile(join(...path), 'utf8')) as T
const readRecord = async (out: string, name: string) => await readJson<PictureRecord>(out, 'json', `${name}.json`)

t.test('pictures become people in every format, and a broken one is named and stops nothing', async (t) => {
  const { photos, out } = await makePictures(t, { 'figure-1.jpg': 'figure-1.jpg', 'day 2/figure-2.jpg': 'figure-2.jpg', 'empty.jpg': 'empty-1.jpg' })
  await writeFile(join(photos, 'broken.jpg'), 'no picture')
  const { code, out: printed, err } = await callCli(['predict', photos, '--out', out, '--format', 'json,coco', '--format', 'coco-wholebody,yolo-pose,csv,label-studio', '--picture-root', '/data/local-files/?d=photos', '--draw'])
  t.equal(code, 65, err)
  const figure = await readRecord(out, 'figure-1.jpg')
  const records = [await readRecord(out, 'day 2/figure-2.jpg'), await readRecord(out, 'empty.jpg'), figure]
  const people = records.flatMap((record) => record.people)
  t.ok(people.length >= 2)
  t.match(printed, `${out}: pictures 3 of 4, people ${people.length}, points ${people.flatMap(({ points }) => points).length}, model ${figure.modelVersion}\n`)
  t.match(err, 'broken.jpg: POSE_ERR_IMAGE_FORMAT This picture format is not supported')
  t.equal(await readFile(join(out, 'problems.csv'), 'utf8').then((lines) => lines.split('\n')[1]?.split(',').slice(0, 2).join()), 'broken.jpg,POSE_ERR_IMAGE_FORMAT')
  t.match(await readJson(out, 'predict.json'), { root: photos, complete: false, pictures: 3, failed: 1, missing: 0, people: people.length })

  await t.test('json', async (t) => {
    t.match(figure, { picture: { name: 'figure-1.jpg', width: 640, height: 800, bytes: (await stat(join(photos, 'figure-1.jpg'))).size }, keypointSet: 'coco-wholebody-133' })
    t.match(figure.modelVersion, /^starter-[\d.]+@[0-9a-f]{8}$/)
    const truth = await readJson<Record<string, { people: Array<{ keypoints: number[][] }> }>>(drawn, 'truth.json')
    const [x, y] = truth['figure-1.jpg']!.people[0]!.keypoints[0] as [number, number]
    const nose = figure.people[0]!.points.find(({ name }) => name === 'nose')!
    t.ok(Math.hypot(nose.x - x, nose.y - y) < 20, `the nose is where it was drawn: ${nose.x}, ${nose.y} for ${x}, ${y}`)
    for (const { points } of people) t.ok(points.every(({ name, score }) => cocoWholebody133.names.includes(name) && score > 0))
  })

  await t.test('coco and coco-wholebody say the same as json', async (t) => {
    for (const format of ['coco', 'coco-wholebody']) {
      const { images, annotations, categories } = await readJson<{ images: object[], annotations: Array<{ image_id: number, bbox: number[], keypoints: number[], score: number }>, categories: Array<{ keypoints: string[] }> }>(out, format, 'annotations.json')
      t.same(images, [{ id: 2, file_name: 'day 2/figure-2.jpg', width: records[0]!.picture.width, height: records[0]!.picture.height }, { id: 3, file_name: 'empty.jpg', width: 800, height: 600 }, { id: 4, file_name: 'figure-1.jpg', width: 640, height: 800 }], `${format}: numbered as they are listed, the broken one too`)
      t.equal(annotations.length, people.length)
      const own = annotations.find(({ image_id: id }) => id === 4)!
      const { bbox: [x1, y1, x2, y2], score, points } = figure.people[0]!
      t.ok([x1, y1, x2 - x1, y2 - y1].every((value, index) => Math.abs(value - own.bbox[index]!) < 0.002))
      t.equal(own.score, score)
      for (const [index, name] of categories[0]!.keypoints.entries()) {
        const point = points.find((candidate) => candidate.name === name)
        if (JSON.stringify(own.keypoints.slice(index * 3, index * 3 + 3)) !== JSON.stringify(point === undefined ? [0, 0, 0] : [point.x, point.y, 2])) t.fail(`${format}: ${name}`)
      }
    }
  })

  await t.test('yolo-pose and csv', async (t) => {
    t.same((await readdir(join(out, 'yolo-pose', 'labels'), { recursive: true })).sort(), ['day 2', 'day 2/figure-2.txt', 'empty.txt', 'figure-1.txt'])
    t.equal((await readFile(join(out, 'yolo-pose', 'labels', 'figure-1.txt'), 'utf8')).trim().split('\n').length, figure.people.length)
    const [header, ...rows] = (await readFile(join(out, 'csv', 'keypoints.csv'), 'utf8')).trim().split('\n')
    t.match(header, /^task,image_id,file_name/)
    t.equal(rows.length, people.length * 133)
    t.ok(rows.every((row) => row.startsWith(',')), 'no task')
  })

  await t.test('label-studio', async (t) => {
    const tasks = await readJson<Array<{ data: object, predictions: Prediction[] }>>(out, 'label-studio', 'tasks', 'tasks-1.json')
    t.same(tasks.map(({ data }) => data), ['day%202/figure-2.jpg', 'empty.jpg', 'figure-1.jpg'].map((name) => ({ image: `/data/local-files/?d=photos/${name}` })))
    for (const { predictions } of tasks) t.ok(Value.Check(PredictionSchema, predictions[0]))
    t.equal(tasks[2]!.predictions[0]!.model_version, figure.modelVersion)
    t.equal(await readFile(join(out, 'label-studio', 'label-config.xml'), 'utf8'), labelConfigPreset('wholebody133'))
  })

  await t.test('drawings are the pictures with something drawn over them where the people are', async (t) => {
    t.same((await readdir(join(out, 'drawn'), { recursive: true })).sort(), ['day 2', 'day 2/figure-2.jpg.jpg', 'empty.jpg.jpg', 'figure-1.jpg.jpg'])
    const [before, after] = await Promise.all([join(photos, 'figure-1.jpg'), join(out, 'drawn', 'figure-1.jpg.jpg')].map((path) => sharp(path).raw().toBuffer({ resolveWithObject: true })))
    t.same([after!.info.width, after!.info.height], [640, 800])
    const changed = (x: number, y: number) => Math.max(...[0, 1, 2].map((channel) => Math.abs(before!.data[(y * 640 + x) * 3 + channel]! - after!.data[(y * 640 + x) * 3 + channel]!)))
    const shares = figure.people[0]!.points.filter(({ name }) => /shoulder|hip|knee/.test(name)).map(({ x, y }) => changed(Math.round(x), Math.round(y)))
    t.equal(shares.length, 6)
    t.ok(shares.every((change) => change > 40), `changes at the points: ${shares.join()}`)
    t.ok(changed(5, 5) < 20, 'and nothing in the corner')
  })
})

t.test('a further run keeps what is done, and makes what has changed, failed or is missing', async (t) => {
  const { photos, out } = await makePictures(t, { 'a.jpg': 'figure-1.jpg', 'b.jpg': 'figure-2.jpg', 'c.jpg': 'figure-3.jpg' })
  await writeFile(join(photos, 'd.jpg'), 'no picture')
  t.equal((await callCli(['predict', photos, '--out', out])).code, 65)
  const times = async () => await Promise.all(['a', 'b', 'c'].map(async (name) => (await stat(join(out, 'json', `${name}.jpg.json`))).mtimeMs))
  const first = await times()

  await copyFile(join(drawn, 'figure-4.jpg'), join(photos, 'b.jpg'))
  await copyFile(join(drawn, 'figure-5.jpg'), join(photos, 'd.jpg'))
  await writeFile(join(out, 'json', 'c.jpg.json'), '{"half a rec')
  const second = await callCli(['predict', photos, '--out', out, '--format', 'coco'])
  t.equal(second.code, 0, second.err)
  t.match(second.out, ': pictures 4 of 4 (1 from an earlier run), ')
  t.notOk(existsSync(join(out, 'problems.csv')), 'what failed then is done now')
  t.match(await readJson(out, 'predict.json'), { complete: true, pictures: 4, failed: 0 })
  t.same((await times()).map((time, index) => time === first[index]), [true, false, false])
  t.equal((await readRecord(out, 'b.jpg')).picture.bytes, (await stat(join(drawn, 'figure-4.jpg'))).size)

  const before = await times()
  const drawings = await callCli(['predict', photos, '--out', out, '--draw'])
  t.match(drawings, { code: 0, out: /: pictures 4 of 4, /, }, 'drawings alone are made of what is known')
  t.equal((await readdir(join(out, 'drawn'))).length, 4)
  t.same(await times(), before)
  t.ok(existsSync(join(out, 'coco', 'annotations.json')), 'other formats of earlier runs stay')

  // Other models: everything anew, and drawings of the earlier ones go.
  process.env['CONFIDENCE_THRESHOLD'] = '0.9'
  t.teardown(() => { delete process.env['CONFIDENCE_THRESHOLD'] })
  const other = await callCli(['predict', photos, '--out', out])
  t.match(other.out, ': pictures 4 of 4, ')
  t.same(await readdir(join(out, 'drawn')), [])

  await rm(join(photos, 'b.jpg'))
  await writeFile(join(photos, 'a.jpg'), 'no picture any more')
  t.equal((await callCli(['predict', photos, '--out', out])).code, 65)
  t.notOk(existsSync(join(out, 'json', 'a.jpg.json')), 'nothing tells of how it was')
})

t.test('patterns that the shell has left alone; two folders with the same names; results among the pictures', async (t) => {
  const { photos, out } = await makePictures(t, { 'x/1.jpg': 'figure-1.jpg', 'y/1.jpg': 'empty-1.jpg', 'y/1.png': 'figure-2.jpg' })
  const { code, out: printed, err } = await callCli(['predict', join(photos, '{x,y}', '*.jpg'), join(photos, 'x'), '--out', out, '--format', 'yolo-pose'])
  t.equal(code, 0, err)
  t.match(printed, ': pictures 2 of 2, ')
  t.same((await readdir(join(out, 'json'), { recursive: true })).sort(), ['x', 'x/1.jpg.json', 'y', 'y/1.jpg.json'])
  t.not((await readRecord(out, 'x/1.jpg')).picture.width, (await readRecord(out, 'y/1.jpg')).picture.width)

  const within = await callCli(['predict', photos, '--out', photos, '--format', 'yolo-pose', '--draw'])
  t.equal(within.code, 65)
  t.match(within.err, 'y/1.png: The picture is not in yolo-pose: it has the name of another picture', 'YOLO has one label for both')
  t.match((await callCli(['predict', photos, '--out', photos])).out, ': pictures 3 of 3 (3 from an earlier run), ', 'drawings of an earlier run are none of the pictures')
})

t.test('a wrong use is a sentence, before anything is written', async (t) => {
  const { folder, photos, out } = await makePictures(t, { 'a.jpg': 'empty-1.jpg', 'sub/b.jpg': 'empty-2.jpg' })
  await mkdir(join(folder, 'nothing'))
  const refuse = async (args: string[], err: RegExp, code = 64) => { t.match(await callCli(['predict', ...args]), { code, out: '', err }, args.join(' ')) }
  await refuse(['--out', out], /^No pictures are named/)
  await refuse([photos], /^--out <folder> is missing/)
  await refuse([join(photos, 'b.jpg'), '--out', out], /^There is no file or folder /)
  await refuse([join(folder, 'nothing'), '--out', out], /^There are no pictures /)
  await refuse([photos, '--out', out, '--format', 'coco,xml'], /^--format xml is not valid: json, label-studio, coco-wholebody, /)
  await refuse([photos, '--out', out, '--format', 'label-studio'], /^--picture-root is missing/)
  await refuse([photos, '--out', out, '--preset', 'hands'], /belong to --format label-studio/)
  await refuse([photos, '--out', out, '--format', 'label-studio', '--picture-root', 'x', '--preset', 'toes'], /^--preset toes is not valid/)
  await refuse([photos, '--out', out, '--root', join(photos, 'sub')], /^--root .* does not hold/)
  await refuse([photos, '--out', join(photos, 'a.jpg')], /^The results cannot be written to .*a\.jpg/)
  t.notOk(existsSync(out))

  await mkdir(join(folder, 'mine', 'json'), { recursive: true })
  await refuse([photos, '--out', join(folder, 'mine')], /json is there already, and not from "predict"/, 1)
  t.equal((await callCli(['predict', join(photos, 'sub'), '--out', out])).code, 0)
  await refuse([photos, '--out', out], /holds pictures named from .*sub, but these would be named from /, 1)
  await rm(out, { recursive: true })
  await callCli(['predict', join(photos, 'sub'), '--root', photos, '--out', out])
  t.match(await callCli(['predict', photos, '--out', out]), { code: 0, out: /: pictures 2 of 2 \(1 from an earlier run\)/ }, 'with the same root they go together')
})

t.test('models that cannot be had: the starter models stand in, and it is said plainly', async (t) => {
  const { folder, photos, out } = await makePictures(t, { 'a.jpg': 'figure-1.jpg' })
  Object.assign(process.env, { MODE: 'balanced', MODEL_DIR: join(folder, 'models') })
  t.teardown(() => { Object.assign(process.env, { MODE: 'starter', MODEL_DIR: '', MODEL_FALLBACK: '' }) })
  const { code, out: printed, err } = await callCli(['predict', photos, '--out', out])
  t.equal(code, 0)
  t.match(err, /^STARTER MODELS INSTEAD OF MODE=balanced: .*models pull/)
  t.match(printed, /model starter-/)
  process.env['MODEL_FALLBACK'] = 'none'
  t.match(await callCli(['predict', photos, '--out', out]), { code: 1, out: '', err: /^No model: MODE=balanced needs / })

  const closed = await startLocalServer(t, () => {}, undefined, (_request, socket) => { socket.end('HTTP/1.1 403 Forbidden\r\n\r\n') })
  Object.assign(process.env, { MODEL_DOWNLOAD: 'auto', HTTPS_PROXY: closed.origin })
  t.teardown(() => { Object.assign(process.env, { MODEL_DOWNLOAD: 'never', HTTPS_PROXY: '' }) })
  const tried = await callCli(['predict', photos, '--out', out])
  t.match(tried, { code: 1, out: '', err: /could not be downloaded .*the proxy refuses the connection/ })
  t.notMatch(tried.err, 'Next try', 'a command ends and makes none')
})

t.test('Ctrl-C leaves results that can be used, and the same command goes on', { timeout: 120_000 }, async (t) => {
  const names = Array.from({ length: 40 }, (_, index) => `${1000 + index}.jpg`)
  const { photos, out } = await makePictures(t, Object.fromEntries(names.map((name, index) => [name, `figure-${1 + index % 6}.jpg`])))
  const args = ['predict', photos, '--out', out, '--format', 'coco']
  const child = spawn(process.execPath, [...program('src/cli'), ...args], { env: { PATH: process.env['PATH'], HOME: tmpdir(), MODE: 'starter', WORKERS: '1' } })
  const output = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  while (await countRecords() < 2 && child.exitCode === null) await setTimeout(20)
  child.kill('SIGINT')
  const [printed, err] = await output
  t.equal(child.exitCode, 130, err)
  const { pictures, missing, complete } = await readJson<{ pictures: number, missing: number, complete: boolean }>(out, 'predict.json')
  t.ok(pictures >= 2 && pictures < 40, `${pictures} pictures were done`)
  t.same([missing, complete], [40 - pictures, false])
  t.equal(await countRecords(), pictures)
  t.match(printed, `: pictures ${pictures} of 40, `)
  t.match(err, `Stopped: ${missing} pictures are missing. The same command goes on from here.`)
  t.equal((await readJson<{ images: object[] }>(out, 'coco', 'annotations.json')).images.length, pictures, 'the COCO file is whole and holds what is done')

  const { code, out: second } = await callCli(args)
  t.equal(code, 0)
  t.match(second, `: pictures 40 of 40 (${pictures} from an earlier run), `)
  const { images } = await readJson<{ images: Array<{ id: number, file_name: string }> }>(out, 'coco', 'annotations.json')
  t.same(images.map(({ id, file_name: name }) => `${id} ${name}`), names.map((name, index) => `${index + 1} ${name}`))
  t.same((await readdir(out)).sort(), ['coco', 'json', 'predict.json'], 'nothing is left over')

  async function countRecords (): Promise<number> {
    return (await readdir(join(out, 'json')).catch(() => [])).filter((name) => name.endsWith('.jpg.json')).length
  }
})

t.test('the same poses as the service gives', { skip: sharedDir() === null ? 'needs the shared test data' : false }, async (t) => {
  const photo = join(sharedDir()!, 'testdata', 'images', 'photos', '000000000785.jpg')
  const out = join(await temporaryFolder(t), 'out')
  t.equal((await callCli(['predict', photo, '--out', out, '--format', 'label-studio', '--picture-root', 'https://example.com'])).code, 0)
  const { app } = await buildTestApp(t, { env: { MODE: 'starter', DETECTOR_MODEL: '', POSE_MODEL: '' } })
  const answer = await app.inject({ method: 'POST', url: '/predict', payload: { tasks: [{ id: 1, data: { image: toDataUri(new Uint8Array(await readFile(photo))) } }], label_config: labelConfigPreset('wholebody133') } })
  const [ofService] = answer.json<PredictAnswer>().results as Prediction[]
  const [{ predictions: [ofCommand] }] = await readJson<[{ predictions: [Prediction] }]>(out, 'label-studio', 'tasks', 'tasks-1.json')
  t.ok(ofService!.result.length > 20, 'somebody is on it')
  t.equal(ofCommand.model_version, ofService!.model_version)
  t.equal(ofCommand.score, ofService!.score)
  t.equal(ofCommand.result.length, ofService!.result.length)
  for (const [index, region] of ofCommand.result.entries()) {
    const other = ofService!.result[index]!
    const [a, b] = [region.value, other.value] as Array<{ x: number, y: number }>
    // A thousandth of a pixel was rounded away.
    if (region.from_name !== other.from_name || region.score !== other.score || Math.abs(a!.x - b!.x) > 0.0005 || Math.abs(a!.y - b!.y) > 0.0005) t.fail(`region ${index}: ${JSON.stringify(region)} is not ${JSON.stringify(other)}`)
  }
})

import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { coco17 } from '../../models/keypoints/coco-17.ts'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import type { Person } from '../../models/person.ts'
import { exportCommand } from '../../src/cli/export.ts'
import type { Terminal } from '../../src/cli/command.ts'
import { exportLabels } from '../../src/exports/export-labels.ts'
import type { CocoWholebodyAnnotation } from '../../src/exports/to-coco-wholebody-annotation.ts'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import type { LabelledTask } from '../../src/label-studio/labelled-task.ts'
import { parseLabelConfig } from '../../src/label-studio/parse-label-config.ts'
import { callCli, type Called } from '../factories/call-cli.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { exportedTask, pictureSize, randomPeople, regionsOf, temporaryFolder, writeExport } from '../factories/exported-tasks.ts'
import { labelConfig, peopleControl, pointsControl } from '../factories/label-config.ts'
import { buildPerson } from '../factories/person.ts'
import { toDataUri } from '../factories/task.ts'
import { withoutPrivileges } from '../factories/without-privileges.ts'

const wholebody = labelConfigPreset('wholebody133')
const body = labelConfig(pointsControl(coco17.names), peopleControl)
const { width, height } = pictureSize

interface Coco {
  categories: unknown[]
  images: Array<{ id: number, file_name: string, width: number, height: number, task: number, address?: string }>
  annotations: CocoWholebodyAnnotation[]
}

/** Exports tasks as a file and from there. */
async function exportTasks (t: Test, tasks: readonly object[], args: readonly string[], out = 'out'): Promise<Called & { out: string, folder: string, written: string, read: (name: string) => Promise<string> }> {
  const folder = await temporaryFolder(t)
  const path = await writeExport(folder, tasks)
  const written = join(folder, out)
  const called = await callCli(['export', '--from', path, '--out', written, ...args])
  return { ...called, folder, written, read: (name) => readFile(join(written, name), 'utf8') }
}

const readCoco = async (read: (name: string) => Promise<string>) => JSON.parse(await read('annotations.json')) as Coco

/** Percent of four decimals, then pixels of three. */
const near = (actual: number, expected: number, extent: number) => Math.abs(actual - expected) <= extent * 0.5e-6 + 0.5e-3 + 1e-9

function sameBox (bbox: readonly number[], person: Person): boolean {
  const [x, y, w, h] = bbox as [number, number, number, number]
  const [x1, y1, x2, y2] = person.bbox
  return near(x, x1, width) && near(y, y1, height) && Math.abs(w - (x2 - x1)) < 0.005 && Math.abs(h - (y2 - y1)) < 0.005
}

t.test('people come out of a COCO-WholeBody file as they went into Label Studio', async (t) => {
  const people = randomPeople(120)
  const tasks = people.map((here, index) => exportedTask(index + 1, regionsOf(wholebody, here)))
  // Nobody on it, but an earlier prediction tells the size.
  Object.assign(tasks[0]!, { predictions: [{ id: 5, result: regionsOf(wholebody, [buildPerson(cocoWholebody133)]) }] })
  const { code, read, written, out, err } = await exportTasks(t, tasks, ['--format', 'coco-wholebody'])
  t.equal(code, 0, err)
  t.match(out, `${written}: pictures ${120 - 29}, people ${people.flat().length}, points `)
  t.match(err, 'Left out: a picture that has nobody on it, and no region that tells its size, 29 x\n')

  const { images, annotations } = await readCoco(read)
  t.equal(annotations.length, people.flat().length)
  t.same(images[0], { id: 1, file_name: '1/0a1b2c3d-picture-1.jpg', width, height, task: 1, address: '/data/upload/1/0a1b2c3d-picture-1.jpg' })
  t.equal(new Set(annotations.map(({ id }) => id)).size, annotations.length)
  let points = 0
  for (const [index, here] of people.entries()) {
    const found = annotations.filter(({ image_id: id }) => id === index + 1)
    if (found.length !== here.length) t.fail(`task ${index + 1}`)
    for (const [rank, person] of here.entries()) {
      const annotation = found[rank]!
      const triplets = [annotation.keypoints, annotation.foot_kpts, annotation.face_kpts, annotation.lefthand_kpts, annotation.righthand_kpts].flat()
      const right = cocoWholebody133.names.every((_, point) => {
        const [x, y, v] = triplets.slice(point * 3, point * 3 + 3) as [number, number, number]
        const [px, py, confidence] = [...person.keypoints.subarray(point * 3, point * 3 + 3)] as [number, number, number]
        points += v > 0 ? 1 : 0
        return confidence > 0 ? v === 2 && near(x, px, width) && near(y, py, height) : x === 0 && y === 0 && v === 0
      })
      if (!right || !sameBox(annotation.bbox, person)) t.fail(`task ${index + 1}, person ${rank + 1}`)
    }
  }
  t.match(JSON.parse(await read('export.json')), { format: 'coco-wholebody', source: 'annotations', from: { file: 'export.json' }, keypointSet: 'coco-wholebody-133', keypoints: 133, tasks: 120, points, problems: 0, files: ['annotations.json', 'pictures.csv'] })
})

t.test('the same people in every format, and again in the same numbers', async (t) => {
  const people = randomPeople(12, 5)
  const tasks = people.map((here, index) => exportedTask(40 + index, regionsOf(body, here, { set: cocoWholebody133 })))
  const formats = await Promise.all(['coco', 'yolo-pose', 'csv'].map((format) => exportTasks(t, tasks, ['--format', format])))
  const [coco, yolo, csv] = formats as [typeof formats[0], typeof formats[0], typeof formats[0]]
  t.same(formats.map(({ code }) => code), [0, 0, 0])
  const { images, annotations, categories } = await readCoco(coco.read)
  t.match(categories, [{ name: 'person', keypoints: coco17.names }])
  t.equal(annotations.length, people.flat().length)

  const rows = (await csv.read('keypoints.csv')).trim().split('\n').slice(1).map((line) => line.split(','))
  t.equal(rows.length, annotations.length * 17)
  for (const image of images) {
    const here = annotations.filter(({ image_id: id }) => id === image.id)
    const lines = (await yolo.read(`labels/${image.file_name.replace('.jpg', '.txt')}`)).trim().split('\n').map((line) => line.split(' ').map(Number))
    t.equal(lines.length, here.length)
    for (const [rank, { id, bbox, keypoints }] of here.entries()) {
      const [kind, cx, cy, w, h, ...points] = lines[rank] as [number, number, number, number, number, ...number[]]
      t.ok(kind === 0 && [cx * width - w * width / 2, cy * height - h * height / 2, w * width, h * height].every((value, axis) => Math.abs(value - bbox[axis]!) < 0.002))
      t.ok(points.length === 51 && points.every((value, i) => Math.abs(value * [width, height, 1][i % 3]! - keypoints[i]!) < 0.002))
      const own = rows.filter((row) => row[5] === String(id))
      t.same(own.flatMap((row) => [Number(row[14]), Number(row[15]), Number(row[16])]), keypoints)
      t.same(own.map((row) => row[13]), coco17.names)
      t.ok(own.every((row) => row[2] === image.file_name && row[7] === '1'))
    }
  }
  const empty = people.findIndex((here) => here.length === 0)
  t.equal(await yolo.read(`labels/1/0a1b2c3d-picture-${40 + empty}.txt`), '', 'a picture without people is an example, too')
  t.match(await yolo.read('data.yaml'), 'kpt_shape: [17, 3]\nflip_idx: [0, 2, 1,')

  const again = await exportTasks(t, tasks.slice(3), ['--format', 'coco'])
  t.same((await readCoco(again.read)).annotations, annotations.filter(({ image_id: id }) => id >= 43), 'numbers do not depend on the other tasks')
})

t.test('one annotation of a task counts', async (t) => {
  const result = (x: number) => regionsOf(body, [buildPerson(coco17, { bbox: [x, 10, 100, 100] })], { set: coco17 })
  const annotation = (id: number, x: number, more: object = {}) => ({ id, result: result(x), was_cancelled: false, ground_truth: false, updated_at: `2026-11-2${id}T00:00:00Z`, ...more })
  const tasks = [
    exportedTask(1, [], { annotations: [annotation(1, 10), annotation(2, 20), annotation(3, 30, { was_cancelled: true })] }),
    exportedTask(2, [], { annotations: [annotation(1, 10, { ground_truth: true }), annotation(2, 20)] }),
    exportedTask(3, [], { annotations: [annotation(1, 10, { was_cancelled: true })] }),
    exportedTask(4, [], { annotations: [], predictions: [{ id: 8, result: result(80), created_at: '2026-01-01T00:00:00Z' }, { id: 7, result: result(70), created_at: '2026-01-01T00:00:00Z' }] })
  ]
  const annotations = await exportTasks(t, tasks, ['--format', 'coco'])
  t.same((await readCoco(annotations.read)).annotations.map(({ image_id: image, bbox }) => [image, Math.round(bbox[0]!)]), [[1, 20], [2, 10]])
  t.match(annotations.err, 'Left out: tasks without annotations, 2 x\n')
  const predictions = await exportTasks(t, tasks, ['--format', 'coco', '--source', 'predictions'])
  t.match((await readCoco(predictions.read)).annotations.map(({ image_id: image, bbox, score }) => [image, Math.round(bbox[0]!), score]), [[4, 80, 0.8]])
})

t.test('what cannot be read is named, and the rest is written', async (t) => {
  const regions = regionsOf(body, [buildPerson(coco17)], { set: coco17 }) as Array<Record<string, any>>
  const broken = regions.map((region, index) => index === 2 ? { ...region, value: { ...region['value'], x: 'left' } } : region)
  const tail = { ...regions[0], id: 'tail', value: { ...regions[0]!['value'], keypointlabels: ['tail'] } }
  const { code, err, read } = await exportTasks(t, [
    exportedTask(1, [...broken, tail]),
    exportedTask(2, 'nothing'),
    exportedTask(3, regions, { data: { caption: 'no picture' } }),
    { ...exportedTask(4, regions), id: 'four' }
  ], ['--format', 'coco'])
  t.equal(code, 65)
  t.equal((await readCoco(read)).annotations[0]!.num_keypoints, 16)
  const problems = (await read('problems.csv')).trim().split('\n')
  t.equal(problems[0], 'task,annotation,region,problem')
  t.match(problems.slice(1), [
    new RegExp(`^1,101,${broken[2]!['id']},\\(right_eye\\) has no coordinates`),
    /^2,102,number 1,is not there: the result is no list/,
    /^3,103,,"The task has no picture/,
    /^3,103,.*where the task has no picture/,
    /^,,,\(number 4 of the file\) is not in the form of an export: \/id/
  ])
  t.match(err, `task 1, region ${broken[2]!['id']} (right_eye) has no coordinates\n`)
  t.match(err, 'Left out: a region that has the label "tail" of "points", which is no point of coco-wholebody-133, 1 x\n')
  t.match(err, /Could not be exported: 5 x; problems\.csv names each\.\n$/)
})

t.test('the points of a format', async (t) => {
  const hands = [exportedTask(1, regionsOf(labelConfigPreset('hands'), [buildPerson(cocoWholebody133)]))]
  t.match(JSON.parse(await (await exportTasks(t, hands, ['--format', 'csv'])).read('export.json')), { keypoints: 42 })
  t.match(JSON.parse(await (await exportTasks(t, hands, ['--format', 'coco-wholebody'])).read('export.json')), { keypoints: 133 })
  const refused = await exportTasks(t, hands, ['--format', 'csv', '--points', 'halpe-26'])
  t.equal(refused.code, 1)
  t.match(refused.err, 'has nothing this model can fill')
  t.notOk(existsSync(refused.written), 'no folder is made for nothing')
  t.match(await exportTasks(t, hands, ['--format', 'coco-wholebody', '--points', 'coco-17']), { code: 64, err: '--points coco-17 does not go with --format coco-wholebody, which has the points of coco-wholebody-133.\n' })
})

t.test('a labelling interface given with the file says more than the regions', async (t) => {
  const xml = '<View><Image name="i" value="$photo"/><KeyPointLabels name="k" toName="i"><Label value="Nase" model_index="0"/></KeyPointLabels></View>'
  const region = { id: 'r', type: 'keypointlabels', from_name: 'k', to_name: 'i', original_width: 10, original_height: 10, value: { x: 50, y: 50, width: 1, keypointlabels: ['Nase'] } }
  const task = exportedTask(1, [region], { data: { photo: '/data/upload/1/a.jpg', other: '/data/upload/1/b.jpg' } })
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'interface.xml'), xml)
  const path = await writeExport(folder, [task])
  const args = ['export', '--from', path, '--format', 'coco', '--out', join(folder, 'out')]
  t.equal((await callCli(args)).code, 1, 'nothing says that "Nase" is a nose')
  t.equal((await callCli([...args, '--label-config', join(folder, 'interface.xml')])).code, 0)
  const { images, annotations } = await readCoco((name) => readFile(join(folder, 'out', name), 'utf8'))
  t.match([images[0]!.file_name, annotations[0]!.keypoints], ['1/a.jpg', [5, 5, 2]])
})

t.test('pictures are copied under names of their own', async (t) => {
  const regions = regionsOf(body, [buildPerson(coco17)], { set: coco17 })
  const picture = toDataUri(await drawPicture())
  const tasks = [
    exportedTask(7, regions, { data: { image: picture } }),
    exportedTask(8, regions, { data: { image: '/data/upload/1/gone.jpg' } }),
    exportedTask(9, [], { data: { image: picture } })
  ]
  const { code, read, written, err } = await exportTasks(t, tasks, ['--format', 'yolo-pose', '--pictures', 'copy'])
  t.equal(code, 65)
  t.match(err, /^task 8 The picture/m)
  t.same(await readdir(join(written, 'images')), ['7-picture.jpg', '9-picture.jpg'])
  t.equal((await readFile(join(written, 'images', '7-picture.jpg'))).toString('base64'), picture.split(',')[1])
  t.same(await readdir(join(written, 'labels')), ['7-picture.txt', '9-picture.txt'], 'a picture that is not there has no label')
  t.match(await read('pictures.csv'), '\n7,7-picture.jpg,7,image,,1280,960,1,\n9,9-picture.jpg,9,image,,,,0,\n')
  const coco = await exportTasks(t, tasks, ['--format', 'coco', '--pictures', 'copy'])
  t.same(await readdir(join(coco.written, 'images')), ['7-picture.jpg'], 'a picture that is not listed is not copied')
})

t.test('two tasks with one picture', async (t) => {
  const regions = regionsOf(body, [buildPerson(coco17)], { set: coco17 })
  const tasks = [1, 2].map((id) => exportedTask(id, regions, { data: { image: '/data/upload/1/same.jpg' } }))
  t.match(await exportTasks(t, tasks, ['--format', 'coco']), { code: 0, out: /pictures 2,/ })
  t.match(await exportTasks(t, tasks, ['--format', 'yolo-pose']), { code: 65, out: /pictures 1,/, err: /task 2 has the name of another picture/ })
})

t.test('a name too long for a file is named, and the rest is written', async (t) => {
  const regions = regionsOf(body, [buildPerson(coco17)], { set: coco17 })
  const image = (name: string) => ({ data: { image: `s3://bucket/day/${name}/a.jpg` } })
  // Folders of 200 characters each fit, all together do not.
  const deep = Array.from({ length: 25 }, () => 'd'.repeat(200)).join('/')
  const tasks = [exportedTask(1, regions, image('x'.repeat(256))), exportedTask(2, regions, image('street')), exportedTask(3, [], image('é'.repeat(200))), exportedTask(4, regions, image(deep))]
  const { code, out, err, read, written } = await exportTasks(t, tasks, ['--format', 'yolo-pose'])
  t.equal(code, 65, err)
  t.match(out, ': pictures 1, people 1,')
  t.match(err, 'task 1 has a name too long for a file, ')
  t.match((await read('problems.csv')).trim().split('\n').slice(1), [/^1,101,,"has a name too long for a file, /, /^3,103,,"has a name too long/, /^4,104,,"has a name too long/])
  t.equal((await readdir(join(written, 'labels'), { recursive: true })).filter((name) => name.endsWith('.txt')).join(), 'day/street/a.txt')
  for (const format of ['coco', 'csv']) t.match(await exportTasks(t, tasks, ['--format', format]), { code: 0, out: format === 'csv' ? /pictures 4,/ : /pictures 3,/ }, `${format} writes no file per picture`)
})

t.test('several pictures and pages of a task', async (t) => {
  const xml = `<View><Image name="a" value="$a"/><Image name="b" valueList="$b"/>${pointsControl(['nose'], { name: 'ka', toName: 'a' })}${pointsControl(['nose'], { name: 'kb', toName: 'b' })}</View>`
  const nose = (id: string, name: string, more: object) => ({ id, type: 'keypointlabels', from_name: `k${name}`, to_name: name, original_width: 100, original_height: 50, value: { x: 50, y: 50, width: 1, keypointlabels: ['nose'] }, ...more })
  const task = exportedTask(3, [nose('1', 'a', {}), nose('2', 'b', { item_index: 1 }), nose('3', 'b', { item_index: 5 })], { data: { a: 'https://example.org/a.jpg', b: ['https://example.org/b0.jpg', 'https://example.org/b1.jpg'] } })
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'i.xml'), xml)
  for (const more of [[], ['--label-config', join(folder, 'i.xml')]]) {
    const { code, read, err } = await exportTasks(t, [task], ['--format', 'coco', ...more])
    t.equal(code, 65)
    t.match(err, 'task 3, region 3 is of a person on page 6 of "b", where the task has no picture')
    const { images, annotations } = await readCoco(read)
    t.same(images.map(({ id, file_name: name }) => [id, name]), [[300000, 'a.jpg'], [310001, 'b1.jpg']])
    t.same(annotations.map(({ id, image_id: image }) => [id, image]), [[300000001, 300000], [310001001, 310001]])
  }
})

t.test('an earlier export is replaced, other files stay, and a failure changes nothing', async (t) => {
  const regions = regionsOf(body, [buildPerson(coco17)], { set: coco17 })
  const { folder, written } = await exportTasks(t, [exportedTask(1, regions), exportedTask(2, [null])], ['--format', 'coco'])
  t.ok(existsSync(join(written, 'problems.csv')))
  const good = await writeExport(folder, [exportedTask(1, regions)])
  t.equal((await callCli(['export', '--from', good, '--out', written, '--format', 'yolo-pose'])).code, 0)
  t.same((await readdir(written)).sort(), ['data.yaml', 'export.json', 'labels', 'pictures.csv'])
  await writeFile(good, (await readFile(good, 'utf8')).slice(0, -20))
  t.match(await callCli(['export', '--from', good, '--out', written, '--format', 'coco']), { code: 1, err: 'The file ends in the middle: it was not exported or copied completely.\n' })
  t.same((await readdir(written)).sort(), ['data.yaml', 'export.json', 'labels', 'pictures.csv'])
  await mkdir(join(written, 'images'))
  t.match(await callCli(['export', '--from', good, '--out', written, '--format', 'coco', '--pictures', 'copy', '--source', 'predictions']), { code: 1 })
})

t.test('an interruption leaves the earlier export as it was', async (t) => {
  const regions = regionsOf(body, [buildPerson(coco17)], { set: coco17 })
  const { written } = await exportTasks(t, [exportedTask(1, regions)], ['--format', 'coco'])
  const before = await readFile(join(written, 'annotations.json'), 'utf8')
  const stop = new AbortController()
  async function * batches () {
    for (let id = 1; ; id++) {
      if (id === 3) stop.abort(new Error('interrupted'))
      yield [{ task: exportedTask(id, regions) as LabelledTask }]
    }
  }
  const labels = { labelConfig: parseLabelConfig(body), origin: { project: 1 }, batches: batches(), total: () => null, withoutLabels: () => 0 }
  await t.rejects(exportLabels(labels, { format: 'coco', source: 'annotations', points: null, out: written, copy: null, labelStudioUrl: null, signal: stop.signal, onProgress: () => {} }), { message: 'interrupted' })
  t.equal(await readFile(join(written, 'annotations.json'), 'utf8'), before)
  t.same((await readdir(written)).sort(), ['annotations.json', 'export.json', 'pictures.csv'])
})

t.test('a fault of the file system is a sentence', async (t) => {
  withoutPrivileges(t)
  const folder = await temporaryFolder(t)
  const [path, written] = [await writeExport(folder, [exportedTask(1, regionsOf(body, [buildPerson(coco17)], { set: coco17 }))]), join(folder, 'out')]
  const notes: string[] = []
  const terminal: Terminal = { print () {}, hasColours: false, note: (line) => { notes.push(line) }, columns: 0, progress () {} }
  // Not by its name: the command would be loaded now, from where nobody else may read.
  const run = (format: string, out: string) => exportCommand.run(['--from', path, '--format', format, '--out', out], terminal)

  await writeFile(join(folder, 'file'), '')
  await t.rejects(run('coco', join(folder, 'file')), { name: 'CliError', message: `The results cannot be written to ${join(folder, 'file')} (EEXIST).` })
  t.equal(await run('yolo-pose', written), 0)
  // A folder that may not be written cannot be moved either.
  await chmod(join(written, 'labels'), 0o555)
  const before = (await readdir(written)).sort()
  await t.rejects(run('coco', written), { name: 'CliError', message: `The results cannot be written to ${written} (EACCES).` })
  await chmod(join(written, 'labels'), 0o755)
  t.same((await readdir(written)).sort(), before, 'the earlier export is as it was')
  await chmod(path, 0)
  notes.length = 0
  t.equal(await run('coco', written), 1)
  t.same(notes, [`${path} cannot be read (EACCES).`])
})

t.test('the file that is read is not overwritten, though the manifest is called like it', async (t) => {
  const folder = await temporaryFolder(t)
  const path = await writeExport(folder, [exportedTask(1, regionsOf(body, [buildPerson(coco17)], { set: coco17 }))])
  const before = await readFile(path, 'utf8')
  t.match(await callCli(['export', '--from', path, '--format', 'coco', '--out', folder]), { code: 1, err: /export\.json is there already, and not from an export/ })
  t.equal(await readFile(path, 'utf8'), before)
})

t.test('progress, where somebody watches', async (t) => {
  const folder = await temporaryFolder(t)
  const path = await writeExport(folder, Array.from({ length: 250 }, (_, index) => exportedTask(index + 1, regionsOf(body, [buildPerson(coco17)], { set: coco17 }))))
  const { err } = await callCli(['export', '--from', path, '--out', join(folder, 'out'), '--format', 'csv'], 100)
  t.match(err, 'task 100 of 250, people 100')
  t.match(err, 'task 250 of 250, people 250')
})

t.test('a wrong use is a sentence', async (t) => {
  const cases: Array<[string[], RegExp, number?]> = [
    [[], /^Either --project <id> or --from <export\.json> is needed\.\n$/],
    [['--project', '1', '--from', 'x'], /^Either --project/],
    [['--project', 'one', '--format', 'coco'], /^--project one is not valid/],
    [['--project', '1'], /^--format is missing: coco-wholebody, coco, yolo-pose, csv\.\n$/],
    [['--project', '1', '--format', 'voc'], /^--format voc is not valid: coco-wholebody, coco, yolo-pose, csv is\.\n$/],
    [['--project', '1', '--format', 'coco', '--pictures', 'move'], /^--pictures move is not valid: list, copy is\.\n$/],
    [['--project', '1', '--format', 'coco', '--label-config', 'x'], /^--label-config belongs to --from/],
    [['--project', '1', '--format', 'coco', '--colour'], /colour/],
    [['--project', '1', '--format', 'coco', '--token', 'x'], /^--url is missing: /],
    [['--project', '1', '--format', 'coco', '--url', 'http://127.0.0.1:1'], /^--token is missing: create a personal access token under http:\/\/127\.0\.0\.1:1\/user\/account/],
    [['--project', '1', '--format', 'coco', '--url', 'http://me:secret@127.0.0.1:1'], /^--url is not valid: an address [^@]*\n$/],
    [['--project', '1', '--format', 'coco', '--url', 'http://127.0.0.1:1', '--token', 'x'], /^Label Studio does not answer/, 1],
    [['--from', '/nowhere/export.json', '--format', 'coco'], /^There is no file \/nowhere\/export\.json\.\n$/, 1]
  ]
  for (const [args, sentence, code = 64] of cases) {
    const called = await callCli(['export', ...args])
    t.match(called.err, sentence)
    t.equal(called.code, code, args.join(' '))
    t.equal(called.out, '')
  }
  const folder = await temporaryFolder(t)
  const refused = async (tasks: readonly object[]) => (await callCli(['export', '--from', await writeExport(folder, tasks), '--out', join(folder, 'out'), '--format', 'coco'])).err
  t.match(await refused([]), 'No task of export.json has annotations with points or boxes.')
  t.match(await refused([{ id: 1, image: '/data/upload/a.jpg' }]), 'Task 1 of the file has no "data".')
})

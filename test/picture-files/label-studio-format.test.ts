import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { coco17 } from '../../models/keypoints/coco-17.ts'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { pathInStorage } from '../../src/exports/path-in-storage.ts'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import { addressBelow } from '../../src/picture-files/address-below.ts'
import { exportPoseFormat } from '../../src/picture-files/export-pose-format.ts'
import { labelStudioFormat } from '../../src/picture-files/label-studio-format.ts'
import { peopleOfRecord, toPictureRecord } from '../../src/picture-files/picture-record.ts'
import { temporaryFolder } from '../factories/exported-tasks.ts'
import { labelConfig, pointsControl } from '../factories/label-config.ts'
import { buildPerson } from '../factories/person.ts'

const options = { labelConfig: labelConfigPreset('body17'), pictureRoot: 's3://bucket/photos/', set: cocoWholebody133, modelVersion: 'v1', keypointSize: 0.3 }
const times = { decodeMs: 0, detectMs: 0, poseMs: 0, queueMs: 0 }
const recordOf = (name: string, people = [buildPerson(cocoWholebody133)]) => toPictureRecord({ name, path: `/${name}`, state: { bytes: 5, modified: '2026-11-25T10:00:00.000Z' } }, { width: 640, height: 480, people, times }, cocoWholebody133, 'v1')

t.test('an address that Label Studio and this service take for the same picture', async (t) => {
  for (const root of ['/data/local-files/?d=photos', '/data/local-files/?d=', 's3://bucket/photos', 'gs://bucket/photos/', 'https://example.com/photos']) {
    for (const name of ['a.jpg', 'day 1/b&c=d.jpg', '50%.png', 'ä/#1?.jpg', 'x+y.jpg']) {
      const found = pathInStorage(addressBelow(root, name), null)
      t.ok(found === name || found === `photos/${name}`, `${root} ${name}: ${found}`)
    }
  }
  t.equal(addressBelow('/data/local-files/?d=', 'a.jpg'), '/data/local-files/?d=a.jpg')
  t.equal(addressBelow('/data/local-files/?d=photos', 'a b.jpg'), '/data/local-files/?d=photos/a%20b.jpg')
})

t.test('many tasks become several files, each whole', async (t) => {
  const folder = await temporaryFolder(t)
  const writer = await labelStudioFormat({ ...options, fileLength: 20_000 }).create(folder)
  for (let id = 1; id <= 20; id++) t.equal(await writer.add(recordOf(`${id}.jpg`), id), null)
  await writer.finish()
  await writer.close()
  const names = (await readdir(join(folder, 'tasks'))).sort((a, b) => Number(a.match(/\d+/)) - Number(b.match(/\d+/)))
  t.ok(names.length > 2)
  const texts = await Promise.all(names.map((name) => readFile(join(folder, 'tasks', name), 'utf8')))
  t.ok(texts.every((text) => text.length < 20_100))
  t.same(texts.flatMap((text) => (JSON.parse(text) as Array<{ data: { image: string } }>).map(({ data }) => data.image)), Array.from({ length: 20 }, (_, index) => `s3://bucket/photos/${index + 1}.jpg`))
})

t.test('an own interface names the value of the task; one that a file of tasks cannot fill is refused', async (t) => {
  const own = labelConfig(pointsControl(coco17.names)).replace('value="$image"', 'value="$photo"')
  const folder = await temporaryFolder(t)
  const writer = await labelStudioFormat({ ...options, labelConfig: own }).create(folder)
  await writer.add(recordOf('a.jpg'), 1)
  await writer.finish()
  t.match(JSON.parse(await readFile(join(folder, 'tasks', 'tasks-1.json'), 'utf8')), [{ data: { photo: 's3://bucket/photos/a.jpg' }, predictions: [{ model_version: 'v1' }] }])
  for (const value of ['value="https://host/$photo"', 'valueList="$photos"']) {
    t.throws(() => labelStudioFormat({ ...options, labelConfig: own.replace('value="$photo"', value) }), { name: 'ExportFault', message: /one Image tag/ })
  }
  t.throws(() => labelStudioFormat({ ...options, labelConfig: '<View><Text name="t" value="$t"/></View>' }), { code: 'POSE_ERR_LABEL_CONFIG_UNMATCHED' })
  t.throws(() => exportPoseFormat('coco-wholebody', coco17), { name: 'ExportFault', message: /has the points of coco-wholebody-133, but the model those of coco-17/ })
})

t.test('a record gives back the people it was made of, inside the picture', async (t) => {
  const person = buildPerson(cocoWholebody133, { bbox: [-3, 10.12345, 650, 470], missing: [4, 90], points: { 0: [-1, 20.00049, 0.98765], 1: [700, 481, 0.5] } })
  const [found] = peopleOfRecord(recordOf('a.jpg', [person]))
  t.same(found!.bbox, [0, 10.123, 640, 470])
  t.same([...found!.keypoints.subarray(0, 6)], [0, 20, 0.9877, 640, 480, 0.5])
  for (const index of [4, 90]) t.same([...found!.keypoints.subarray(index * 3, index * 3 + 3)], [0, 0, 0])
  t.ok(person.keypoints.every((value, index) => index < 6 || Math.abs(value - found!.keypoints[index]!) <= 0.0005), 'but for what was rounded')
})

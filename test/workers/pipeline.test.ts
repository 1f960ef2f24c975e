import t, { type Test } from 'tap'
import { keypointSets } from '../../models/keypoint-sets.ts'
import { selectPeople } from '../../models/people/select-people.ts'
import type { Handler } from '../../workers/pipeline.ts'
import type { WorkerMessage, WorkerSettings } from '../../workers/protocol.ts'
import { startWorker } from '../../workers/start-worker.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { writeTestModels, type TestModelOptions } from '../factories/onnx-model.ts'
import { expectStage, pictureJob } from '../factories/worker-jobs.ts'
import { testSettings } from '../factories/worker-settings.ts'

async function start (t: Pick<Test, 'testdir'>, options: TestModelOptions = {}, overrides: Partial<WorkerSettings> = {}): Promise<Handler> {
  const settings = testSettings(await writeTestModels(t.testdir(), options), overrides)
  const messages: WorkerMessage[] = []
  const handle = await startWorker(settings, (message) => { messages.push(message) })
  const [message] = messages
  if (message?.type !== 'worker-ready') throw new Error(JSON.stringify(messages))
  return handle
}

t.test('people come out where they were drawn', async (t) => {
  const handle = await start(t)
  const picture = await drawPicture({ figures: [0.1, 0.6] })
  const { width, height, people, times } = expectStage(await handle(pictureJob(picture)), 'done')
  t.same([width, height], [640, 480])
  t.equal(people.length, 2)
  const sorted = [...people].sort((a, b) => a.bbox[0] - b.bbox[0])
  for (const [index, left] of [0.1, 0.6].entries()) {
    const { bbox, score, bboxScore, keypoints } = sorted[index]!
    t.ok(Math.abs(bbox[0] - left * 640) < 40 && Math.abs(bbox[2] - bbox[0] - 160) < 1, `box ${bbox.join(', ')}`)
    t.ok(score > 0 && score <= bboxScore && bboxScore <= 1)
    t.equal(keypoints.length, 133 * 3)
    for (let at = 0; at < keypoints.length; at += 3) {
      const [x, y, confidence] = keypoints.subarray(at) as unknown as [number, number, number]
      if (!(confidence > 0.3 && confidence <= 1 && x > bbox[0] - 40 && x < bbox[2] + 40 && y > -100 && y < 600)) t.fail(`point ${at / 3}: ${x} ${y} ${confidence}`)
    }
  }
  t.ok(times.decodeMs > 0 && times.detectMs > 0 && times.poseMs > 0)
})

t.test('nobody on an empty picture', async (t) => {
  const handle = await start(t)
  t.same(expectStage(await handle(pictureJob(await drawPicture({ figures: [] }))), 'done').people, [])
})

t.test('a raw YOLOX grid and a graph that suppresses find the same person', async (t) => {
  const picture = await drawPicture({ figures: [0.3] })
  for (const detectorOutput of ['nms-inside', 'yolox-raw'] as const) {
    const handle = await start(t, { detectorOutput })
    const { people } = expectStage(await handle(pictureJob(picture)), 'done')
    t.equal(people.length, 1, `${detectorOutput}: the other class is nobody`)
    t.ok(Math.abs((people[0]!.bbox[0] + people[0]!.bbox[2]) / 2 - (0.3 * 640 + 80)) < 30, people[0]!.bbox.join(', '))
  }
})

t.test('points without evidence and points below the threshold are 0, 0, 0', async (t) => {
  const handle = await start(t, { keypointSet: 'coco-17', absentPoints: [3, 16] }, { confidenceThreshold: 0.85 })
  const { people: [person] } = expectStage(await handle(pictureJob(await drawPicture())), 'done')
  t.same([...person!.keypoints.subarray(9, 12), ...person!.keypoints.subarray(48, 51)], [0, 0, 0, 0, 0, 0])
  const confidences = [...person!.keypoints].filter((_, index) => index % 3 === 2)
  t.ok(confidences.some((confidence) => confidence === 0) && confidences.some((confidence) => confidence > 0))
  t.ok(confidences.every((confidence) => confidence === 0 || confidence >= 0.85))

  const strict = await start(t, { keypointSet: 'coco-17' }, { confidenceThreshold: 0.999 })
  t.same(expectStage(await strict(pictureJob(await drawPicture())), 'done').people, [], 'nobody without a point')
})

t.test('every size of input and every batch axis', async (t) => {
  const picture = await drawPicture({ width: 900, height: 600, figures: [0, 0.35, 0.7] })
  const reference = expectStage(await (await start(t, { keypointSet: 'halpe-26' }))(pictureJob(picture)), 'done').people
  t.equal(reference.length, 3)
  for (const poseBatch of [1, 2, 5]) {
    const { people } = expectStage(await (await start(t, { keypointSet: 'halpe-26', poseBatch }))(pictureJob(picture)), 'done')
    t.equal(people.length, 3, `batch of ${poseBatch}`)
    people.forEach((person, index) => {
      const worst = Math.max(...person.keypoints.map((value, at) => Math.abs(value - reference[index]!.keypoints[at]!)))
      t.ok(worst < 1e-4, `batch of ${poseBatch}, person ${index}: ${worst}`)
    })
  }
  const large = await start(t, { poseSize: [288, 384], score: 'logits', detectorSize: 640, detectorDims: 'symbolic' })
  t.equal(expectStage(await large(pictureJob(picture)), 'done').people.length, 3)
})

t.test('more people than one run takes', async (t) => {
  const handle = await start(t, { detectorSize: 416 })
  const boxes = Array.from({ length: 19 }, (_, index): [number, number, number, number] => [index / 40, 0.1, index / 40 + 0.2, 0.9])
  const picture = await drawPicture()
  const together = expectStage(await handle(pictureJob(picture, { boxSource: { kind: 'boxes', boxes } })), 'done').people
  t.equal(together.length, 19, 'drawn boxes are never duplicates')
  const alone = expectStage(await handle(pictureJob(picture, { boxSource: { kind: 'boxes', boxes: [boxes[17]!] } })), 'done').people[0]!
  const same = together.find(({ bbox }) => bbox[0] === alone.bbox[0])!
  t.ok(Math.max(...same.keypoints.map((value, at) => Math.abs(value - alone.keypoints[at]!))) < 1e-4)
})

t.test('drawn boxes: one pose each, limited to the picture, and no detector', async (t) => {
  const handle = await start(t)
  const boxes: Array<[number, number, number, number]> = [[0.6, 0.2, 0.9, 1.3], [0.1, 0.1, 0.3, 0.5], [0.2, 0.2, 0.2, 0.5]]
  const empty = await drawPicture({ figures: [] })
  const { people, times } = expectStage(await handle(pictureJob(empty, { boxSource: { kind: 'boxes', boxes }, shareCrops: true })), 'done')
  t.same(people.map(({ bbox }) => bbox[0]).sort((a, b) => a - b), [64, 384])
  t.same(people.map(({ bboxScore }) => bboxScore), [1, 1])
  t.equal(people.find(({ bbox }) => bbox[0] === 384)!.bbox[3], 480)
  t.ok(times.detectMs < times.poseMs)
})

t.test('clicks choose among the people found', async (t) => {
  const handle = await start(t)
  const picture = await drawPicture({ figures: [0.1, 0.6] })
  const click = (x: number, positive = true) => ({ x, y: 0.5, positive })
  const found = async (...clicks: Array<ReturnType<typeof click>>) => expectStage(await handle(pictureJob(picture, { boxSource: { kind: 'clicks', clicks } })), 'done').people.map(({ bbox }) => bbox[0] < 320 ? 'left' : 'right')
  t.same(await found(click(0.22)), ['left'])
  t.same((await found(click(0.22), click(0.72))).sort(), ['left', 'right'])
  t.same(await found(click(0.22), click(0.72), click(0.23, false)), ['right'])
  t.same(await found(click(0.5)), [])
})

t.test('people who score less than the pose network asks for are nobody, unless somebody clicked on them', async (t) => {
  const models = await writeTestModels(t.testdir())
  const settings = testSettings({ ...models, poseEntry: { ...models.poseEntry, personThreshold: 0.999 } })
  const handle = await startWorker(settings, () => {})
  const picture = await drawPicture({ figures: [0.1, 0.6] })
  t.same(expectStage(await handle(pictureJob(picture)), 'done').people, [])
  const boxSource = { kind: 'clicks', clicks: [{ x: 0.22, y: 0.5, positive: true }] } as const
  t.equal(expectStage(await handle(pictureJob(picture, { boxSource })), 'done').people.length, 1)
})

t.test('crops shared between threads give what one thread gives', async (t) => {
  const handle = await start(t)
  const picture = await drawPicture({ width: 900, height: 600, figures: [0, 0.35, 0.7] })
  const whole = expectStage(await handle(pictureJob(picture)), 'done')
  const detected = expectStage(await handle(pictureJob(picture, { shareCrops: true })), 'detected')
  t.same([detected.pixels.width, detected.pixels.height, detected.pixels.rgb.byteLength], [900, 600, 900 * 600 * 3])
  t.equal(detected.boxes.length, 15)
  const shares = await Promise.all([detected.boxes.slice(0, 10), detected.boxes.slice(10)].map(async (boxes) =>
    expectStage(await handle({ kind: 'crops', pixels: detected.pixels, boxes, cancel: new SharedArrayBuffer(4) }), 'crops').people))
  t.same(shares.map((people) => people.length), [2, 1])
  const merged = selectPeople(shares.flat(), keypointSets['coco-wholebody-133'], { confidenceThreshold: 0.3, maxPeople: 50 })
  t.same(merged.map(({ bbox, score }) => [...bbox, score]), whole.people.map(({ bbox, score }) => [...bbox, score]))
  t.ok(merged.every((person, index) => person.keypoints.every((value, at) => Math.abs(value - whole.people[index]!.keypoints[at]!) < 1e-4)))

  const single = expectStage(await handle(pictureJob(await drawPicture(), { shareCrops: true })), 'done')
  t.equal(single.people.length, 1, 'one person is not worth sharing')
})

t.test('the bounds hold', async (t) => {
  const handle = await start(t, {}, { maxPeople: 1, maxPixels: 600 * 500 })
  const two = await drawPicture({ width: 600, height: 450, figures: [0.1, 0.6] })
  t.equal(expectStage(await handle(pictureJob(two)), 'done').people.length, 1)
  t.match(await handle(pictureJob(await drawPicture({ width: 601, height: 500 }))), { ok: false, code: 'IMAGE_TOO_LARGE' })
  t.match(await handle(pictureJob(await drawPicture({ width: 3, height: 3000 }))), { ok: false, code: 'IMAGE_TOO_NARROW', message: /3x3000/ })
  t.match(await handle(pictureJob(new Uint8Array([1, 2, 3]))), { ok: false, code: 'IMAGE_FORMAT' })
})

t.test('the detector\'s threshold can be set', async (t) => {
  const picture = await drawPicture({ figures: [0.25] })
  t.equal(expectStage(await (await start(t, {}, { detectorThreshold: 0.999 }))(pictureJob(picture)), 'done').people.length, 0)
  t.ok(expectStage(await (await start(t, {}, { detectorThreshold: 0.01 }))(pictureJob(picture)), 'done').people.length > 1)
})

t.test('a job that is called off stops at the next stage', async (t) => {
  const handle = await start(t)
  const picture = await drawPicture()
  const before = pictureJob(picture)
  new Int32Array(before.cancel)[0] = 1
  t.match(await handle(before), { ok: false, code: 'CANCELLED' })

  const during = pictureJob(picture)
  const running = handle(during)
  new Int32Array(during.cancel)[0] = 1
  t.match(await running, { ok: false, code: 'CANCELLED' })

  const { pixels, boxes } = expectStage(await handle(pictureJob(await drawPicture({ figures: [0.1, 0.6] }), { shareCrops: true })), 'detected')
  const cancel = new SharedArrayBuffer(4)
  new Int32Array(cancel)[0] = 1
  t.match(await handle({ kind: 'crops', pixels, boxes, cancel }), { ok: false, code: 'CANCELLED' })
  t.equal(expectStage(await handle(pictureJob(picture)), 'done').people.length, 1, 'and the next one is served')
})

t.test('jobs that overlap do not mix', async (t) => {
  const handle = await start(t)
  const pictures = await Promise.all([[0], [0.1, 0.6], [], [0.7], [0.3]].map(async (figures) => await drawPicture({ figures })))
  const alone = []
  for (const picture of pictures) alone.push(expectStage(await handle(pictureJob(picture)), 'done').people)
  const together = await Promise.all(pictures.map(async (picture) => expectStage(await handle(pictureJob(picture)), 'done').people))
  t.same(together, alone)
})

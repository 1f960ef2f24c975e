import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { ProjectCalibration } from '../../models/confidence/project-calibration.ts'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { halpe26 } from '../../models/keypoints/halpe-26.ts'
import { createPoseEngine } from '../../src/inference/create-pose-engine.ts'
import type { BoxSource, WorkerSettings } from '../../workers/protocol.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { writeTestModels } from '../factories/onnx-model.ts'
import { testSettings } from '../factories/worker-settings.ts'

const silent = { info () {}, warn () {}, error () {} }
const detector: BoxSource = { kind: 'detector' }
const { signal } = new AbortController()

async function writeSettings (dir: string): Promise<WorkerSettings> {
  return testSettings(await writeTestModels(dir), { maxPixels: 1e7 })
}

t.test('one thread and several that share the crops find the same people', async (t) => {
  const settings = await writeSettings(t.testdir())
  const crowd = await drawPicture({ width: 1200, height: 500, figures: [0.02, 0.36, 0.7] })
  const [alone, together] = await Promise.all([1, 2].map(async (workers) => {
    const engine = createPoseEngine(settings, { workers, queueSize: 10, log: silent })
    await engine.start()
    t.match(engine.status(), { state: 'ready', detector: { id: settings.detector.entry?.id }, device: { name: 'cpu' } })
    const estimate = await engine.estimate(crowd, { boxSource: detector, priority: 'single', signal })
    t.same((await engine.estimate(crowd, { boxSource: detector, priority: 'single', signal, confidenceThreshold: 1 })).people, [], 'nobody is as sure as a picture may ask')
    await engine.close()
    return estimate
  }))
  t.equal(alone!.people.length, 3)
  t.match(together, { width: 1200, height: 500 })
  t.same(together!.people.map(({ bbox }) => bbox), alone!.people.map(({ bbox }) => bbox))
  for (const [index, { keypoints }] of together!.people.entries()) {
    const differences = keypoints.map((value, at) => Math.abs(value - alone!.people[index]!.keypoints[at]!))
    t.ok(Math.max(...differences) < 0.01, 'the same points, whatever the batch')
  }
})

t.test('a calibration counts for the points of its names, in one thread and in several', async (t) => {
  const settings = { ...await writeSettings(t.testdir()), confidenceThreshold: 0 }
  const crowd = await drawPicture({ width: 1200, height: 500, figures: [0.02, 0.36, 0.7] })
  const toe = cocoWholebody133.names.indexOf('left_big_toe')
  const calibration: ProjectCalibration = { kind: 'label-studio-rtmpose/calibration', keypointSet: 'halpe-26', modelVersion: 'v1', points: 1, groups: [{ points: [halpe26.names.indexOf('left_big_toe')], knots: [[0, 0], [1, 0.5]] }] }
  const estimate = async (workers: number, settings: WorkerSettings): Promise<number[][]> => {
    const engine = createPoseEngine(settings, { workers, queueSize: 10, log: silent })
    await engine.start()
    const { people } = await engine.estimate(crowd, { boxSource: detector, priority: 'single', signal })
    await engine.close()
    return people.map(({ keypoints }) => [...keypoints].filter((_, at) => at % 3 === 2))
  }
  const plain = await estimate(1, settings)
  t.equal(plain.length, 3)
  for (const workers of [1, 2]) {
    const calibrated = await estimate(workers, { ...settings, calibration })
    const wrong = plain.flatMap((confidences, person) => confidences.flatMap((confidence, point) => Math.abs(calibrated[person]![point]! - (point === toe ? confidence / 2 : confidence)) < 1e-3 ? [] : [cocoWholebody133.names[point]]))
    t.same(wrong, [], `${workers} threads`)
  }
})

t.test('pictures of all kinds at once, broken ones among them, and a close under load', async (t) => {
  const engine = createPoseEngine(await writeSettings(t.testdir()), { workers: 2, queueSize: 100, log: silent })
  await engine.start()
  const drawn = await drawPicture({ figures: [0.3] })
  const results = await Promise.allSettled(Array.from({ length: 24 }, (_, number) => engine.estimate(
    number === 7 ? drawn.slice(0, drawn.length / 2) : number === 11 ? new Uint8Array(Buffer.from('no picture')) : drawn,
    { boxSource: number % 5 === 0 ? { kind: 'boxes', boxes: [[0.3, 0.2, 0.6, 0.8]] } : detector, priority: 'batch', signal }
  )))
  t.same(results.flatMap((result, number) => result.status === 'fulfilled' && result.value.people.length === 1 ? [] : [number]), [7, 11])
  t.match(results[7], { reason: { code: /POSE_ERR_IMAGE_(TRUNCATED|UNREADABLE)/ } })
  t.match(results[11], { reason: { code: /POSE_ERR_IMAGE_(FORMAT|UNREADABLE)/ } })
  t.match(engine.status(), { workers: { ready: 2 }, waiting: 0, running: 0 })

  // Closing while networks run must neither abort the process nor lose a picture.
  const pair = await drawPicture({ figures: [0.1, 0.6] })
  const work = Array.from({ length: 12 }, () => engine.estimate(pair, { boxSource: detector, priority: 'batch', signal }))
  const impatient = new AbortController()
  const left = engine.estimate(pair, { boxSource: detector, priority: 'interactive', signal: impatient.signal })
  const closing = engine.close()
  impatient.abort()
  await t.rejects(left, { code: 'POSE_ERR_CANCELLED' })
  t.same((await Promise.all(work)).map(({ people }) => people.length), new Array(12).fill(2))
  await closing
})

t.test('a file that is no network: broken, with the runtime\'s words; ready once the file is right', async (t) => {
  const settings = await writeSettings(t.testdir())
  const network = await readFile(settings.pose.path)
  await writeFile(settings.pose.path, 'no network')
  const engine = createPoseEngine(settings, { workers: 1, retryMs: 300, log: silent })
  t.teardown(() => engine.close())
  const drawn = await drawPicture({ figures: [0.3] })
  await t.rejects(engine.estimate(drawn, { boxSource: detector, priority: 'single', signal }), { code: 'POSE_ERR_MODEL_BROKEN' })
  t.match(engine.status(), { state: 'broken', reason: /./ })
  await writeFile(settings.pose.path, network)
  while (engine.status().state !== 'ready') await sleep(20)
  t.equal((await engine.estimate(drawn, { boxSource: detector, priority: 'single', signal })).people.length, 1)
})

t.test('close while a load is tried again', async (t) => {
  const settings = await writeSettings(t.testdir())
  await writeFile(settings.pose.path, 'no network')
  for (const waitMs of [0, 30]) {
    const engine = createPoseEngine(settings, { workers: 1, retryMs: 10, log: silent })
    await engine.start()
    await sleep(waitMs)
    await engine.close()
    t.equal(engine.status().state, 'closing')
  }
})

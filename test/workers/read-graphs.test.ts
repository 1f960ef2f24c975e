import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { WorkerMessage } from '../../workers/protocol.ts'
import { startWorker } from '../../workers/start-worker.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { createTestPose, writeTestModels, type TestModelOptions } from '../factories/onnx-model.ts'
import { writeOnnx } from '../factories/onnx-writer.ts'
import { expectStage, pictureJob } from '../factories/worker-jobs.ts'
import { testSettings } from '../factories/worker-settings.ts'

let folders = 0
const folder = (): string => {
  const dir = join(t.testdirName, String(folders++))
  mkdirSync(dir, { recursive: true })
  return dir
}
t.testdir()

/** Starts a worker on files without description, or with the models' own where `described`. */
async function startOwn (options: TestModelOptions, change: (settings: ReturnType<typeof testSettings>) => void = () => {}) {
  const settings = testSettings(await writeTestModels(folder(), options))
  settings.detector.entry = null
  settings.pose.entry = null
  change(settings)
  const messages: WorkerMessage[] = []
  const handle = await startWorker(settings, (message) => { messages.push(message) })
  return { handle, message: messages[0]!, settings }
}

t.test('own files are described from their graphs, and it says what was assumed', async (t) => {
  const { handle, message, settings } = await startOwn({ keypointSet: 'halpe-26', poseSize: [288, 384] })
  t.match(message, {
    type: 'worker-ready',
    detector: { id: `own-${settings.detector.sha256.slice(0, 8)}`, file: 'test-detector.onnx', inputSize: [416, 416], output: 'nms-inside', channelOrder: 'bgr', mean: [0, 0, 0] },
    pose: { file: 'test-pose.onnx', sha256: settings.pose.sha256, inputSize: [288, 384], keypointSet: 'halpe-26', splitRatio: 2, channelOrder: 'rgb', score: { kind: 'peak' }, mean: [123.675, 116.28, 103.53] },
    warnings: [/test-detector\.onnx is not in the registry.*B, G, R/, /test-pose\.onnx is not in the registry.*288x384.*R, G, B/]
  })
  t.equal(expectStage(await handle(pictureJob(await drawPicture())), 'done').people.length, 1)
})

t.test('free dimensions', async (t) => {
  const symbolic = await startOwn({ detectorDims: 'symbolic', detectorSize: 640 })
  t.match(symbolic.message, { type: 'worker-ready', detector: { inputSize: [640, 640], output: 'nms-inside' } })
  t.equal(expectStage(await symbolic.handle(pictureJob(await drawPicture())), 'done').people.length, 1)
})

t.test('a raw grid is recognised', async (t) => {
  const { handle, message } = await startOwn({ detectorOutput: 'yolox-raw' })
  t.match(message, { type: 'worker-ready', detector: { output: 'yolox-raw' }, warnings: [/raw YOLOX grid/, String] })
  t.equal(expectStage(await handle(pictureJob(await drawPicture({ figures: [0.3] }))), 'done').people.length, 1)
})

t.test('graphs that fit nothing are refused in a sentence, and no job crashes', async (t) => {
  for (const [what, options, change, sentence] of [
    ['a pose network as detector', {}, (settings) => { settings.detector.path = settings.pose.path }, /The detector test-pose\.onnx must (take|give) .*inputs|outputs/],
    ['a detector as pose network', {}, (settings) => { settings.pose.path = settings.detector.path }, /The pose network test-detector\.onnx .*two SimCC outputs/],
    ['an entry of another size', {}, (settings) => { settings.detector.entry = { ...described.detectorEntry, inputSize: [640, 640] } }, /must take one float32 picture of \[1, 3, 640, 640\], but its inputs are input \[1, 3, 416, 416\]/],
    ['an entry of another kind of output', {}, (settings) => { settings.detector.entry = { ...described.detectorEntry, output: 'yolox-raw' } }, /must give a raw YOLOX grid of \[1, 3549, 5 \+ classes\], but its outputs are dets/],
    ['an entry of another keypoint set', {}, (settings) => { settings.pose.entry = { ...described.poseEntry, keypointSet: 'coco-17' } }, /must give simcc_x \[n, 17, 384\]/],
    ['an entry of another pose size', {}, (settings) => { settings.pose.entry = { ...described.poseEntry, inputSize: [288, 384] } }, /must take float32 crops of \[n, 3, 384, 288\]/],
    ['a file that is no model', {}, (settings) => { settings.pose.path = noModel }, /./],
    ['a file that is missing', {}, (settings) => { settings.pose.path = `${noModel}.missing` }, /./]
  ] as Array<[string, TestModelOptions, (settings: ReturnType<typeof testSettings>) => void, RegExp]>) {
    const { handle, message } = await startOwn(options, change)
    t.match(message, { type: 'worker-broken', message: sentence }, `${what}: ${JSON.stringify(message).slice(0, 300)}`)
    t.match(await handle(pictureJob(await drawPicture())), { ok: false, code: 'INFERENCE_FAILED', message: /could not be loaded/ })
  }
})

t.test('a pose network whose sizes stay open must be described', async (t) => {
  // As many bins as the largest input value says: nothing but a run can tell.
  const open = writeOnnx({
    name: 'open',
    inputs: [{ name: 'input', type: 'float32', shape: ['n', 3, 256, 192] }],
    outputs: ['simcc_x', 'simcc_y'].map((name) => ({ name, type: 'float32', shape: ['n', 17, 'bins'] })),
    constants: [
      { name: 'zero', shape: [], data: Float32Array.of(0) },
      { name: 'one', shape: [], data: Float32Array.of(1) },
      { name: 'five', shape: [], data: Float32Array.of(5) },
      { name: 'axes', shape: [2], data: BigInt64Array.from([0n, 1n]) },
      { name: 'repeats', shape: [3], data: BigInt64Array.from([1n, 17n, 1n]) }
    ],
    nodes: [
      { op: 'ReduceMax', inputs: ['input'], outputs: ['largest'], attributes: { keepdims: 0 } },
      { op: 'Add', inputs: ['largest', 'five'], outputs: ['limit'] },
      { op: 'Range', inputs: ['zero', 'limit', 'one'], outputs: ['row'] },
      { op: 'Unsqueeze', inputs: ['row', 'axes'], outputs: ['rows'] },
      { op: 'Tile', inputs: ['rows', 'repeats'], outputs: ['simcc_x'] },
      { op: 'Tile', inputs: ['rows', 'repeats'], outputs: ['simcc_y'] }
    ]
  })
  const path = join(folder(), 'open.onnx')
  writeFileSync(path, open)
  const unknown = await startOwn({}, (settings) => { settings.pose.path = path })
  t.match(unknown.message, { type: 'worker-broken', message: /sizes cannot be read from its graph .*\.json/ })
  const wrong = await startOwn({}, (settings) => { settings.pose = { ...settings.pose, path, entry: { ...described.poseEntry, keypointSet: 'coco-17' } } })
  t.match(wrong.message, { type: 'worker-broken', message: /gives simcc_x \[1, 17, 5\] where \[n, 17, 384\] is needed/ }, 'what the graph leaves open is checked by running it')
})

const described = await writeTestModels(folder())
const noModel = join(folder(), 'no-model.onnx')
writeFileSync(noModel, createTestPose().slice(0, 500))

/**
 * Tiny models with the tensor contract of the real ones (names, shapes, types, suppression in the graph or outside) and
 * seeded random weights. The detector finds upright bright regions on a dark ground: a window of a quarter of its input's
 * width and half of its height that is brighter than about 180 is a "person" (test/factories/drawn-picture.ts draws such).
 * The pose network puts every keypoint at a place of its own inside the crop that moves a little with the content.
 */
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DetectorEntry, PoseEntry } from '../../models/model-entry.ts'
import { writeOnnx, type Constant, type Node } from './onnx-writer.ts'
import { createSeededRandom } from './seeded-random.ts'

export interface TestModelOptions {
  seed?: number
  detectorOutput?: DetectorEntry['output']
  /** Side of the detector's square input; 416 unless told. */
  detectorSize?: number
  /** symbolic: batch, height and width are free in the graph's declaration, as in rtmdet's export. */
  detectorDims?: 'fixed' | 'symbolic'
  keypointSet?: PoseEntry['keypointSet']
  /** width, height; 192, 256 unless told. */
  poseSize?: readonly [number, number]
  poseBatch?: 'dynamic' | number
  /** peak: rows peak at 0.5 .. 1; logits: ten times that, for a softmax factor of 1. */
  score?: 'peak' | 'logits'
  /** Keypoints whose rows are all zero. */
  absentPoints?: readonly number[]
}

export interface TestModels {
  detectorPath: string
  posePath: string
  detectorEntry: DetectorEntry
  poseEntry: PoseEntry
  detectorSha256: string
  poseSha256: string
}

const POINT_COUNTS = { 'coco-17': 17, 'halpe-26': 26, 'coco-wholebody-133': 133 } as const
/** Least score of a window inside the graph, as in the exports of the real detectors. */
const GRAPH_SCORE_THRESHOLD = 0.01

/** Writes `test-detector.onnx` and `test-pose.onnx` into `dir` (made if missing) and describes them as the registry would. */
export async function writeTestModels (dir: string, options: TestModelOptions = {}): Promise<TestModels> {
  await mkdir(dir, { recursive: true })
  const detector = createTestDetector(options)
  const pose = createTestPose(options)
  const detectorPath = join(dir, 'test-detector.onnx')
  const posePath = join(dir, 'test-pose.onnx')
  await Promise.all([writeFile(detectorPath, detector), writeFile(posePath, pose)])
  const detectorSha256 = sha256(detector)
  const poseSha256 = sha256(pose)
  const size = options.detectorSize ?? 416
  const [width, height] = options.poseSize ?? [192, 256]
  const common = { addresses: [], archiveSha256: null, license: 'Apache-2.0', source: 'made by the tests' }
  return {
    detectorPath,
    posePath,
    detectorSha256,
    poseSha256,
    detectorEntry: {
      task: 'detector',
      id: 'test-detector',
      title: 'Bright regions',
      file: 'test-detector.onnx',
      ...common,
      bytes: detector.length,
      sha256: detectorSha256,
      inputSize: [size, size],
      channelOrder: 'bgr',
      mean: [0, 0, 0],
      std: [1, 1, 1],
      output: options.detectorOutput ?? 'nms-inside',
      personClass: 0,
      scoreThreshold: 0.3,
      nmsIou: 0.3
    },
    poseEntry: {
      task: 'pose',
      id: 'test-pose',
      title: 'Random points',
      file: 'test-pose.onnx',
      ...common,
      bytes: pose.length,
      sha256: poseSha256,
      inputSize: [width, height],
      channelOrder: 'rgb',
      mean: [123.675, 116.28, 103.53],
      std: [58.395, 57.12, 57.375],
      decoding: 'simcc',
      splitRatio: 2,
      keypointSet: options.keypointSet ?? 'coco-wholebody-133',
      score: options.score === 'logits' ? { kind: 'logits', beta: 1, sigma: [4.9, 5.66] } : { kind: 'peak' },
      calibration: null
    }
  }
}

/** The bytes of a detector: dets and labels with suppression in the graph, or the raw YOLOX grid. */
function createTestDetector (options: TestModelOptions = {}): Uint8Array {
  const size = options.detectorSize ?? 416
  const random = createSeededRandom(options.seed ?? 1)
  const channels = Array.from({ length: 3 }, () => 1 / 3 + (random() - 0.5) * 0.02)
  const free = options.detectorDims === 'symbolic'
  const image = { name: 'input', type: 'float32' as const, shape: free ? ['batch', 3, 'height', 'width'] : [1, 3, size, size] }
  const brightness: Node[] = [
    { op: 'Conv', inputs: ['input', 'channels'], outputs: ['grey'] },
    { op: 'AveragePool', inputs: ['grey'], outputs: ['windows'], attributes: { kernel_shape: { ints: [size / 2, size / 4] }, strides: { ints: [size / 16, size / 16] } } }
  ]
  const constants: Constant[] = [{ name: 'channels', shape: [1, 3, 1, 1], data: Float32Array.from(channels) }, floats('level', [180]), floats('slope', [1 / 12])]
  return (options.detectorOutput ?? 'nms-inside') === 'nms-inside'
    ? createNmsDetector(size, image, brightness, constants, free)
    : createRawDetector(size, image, constants)
}

function createNmsDetector (size: number, image: { name: string, type: 'float32', shape: Array<string | number> }, brightness: Node[], constants: Constant[], free: boolean): Uint8Array {
  const boxes: number[] = []
  for (let y = 0; y <= 8; y++) for (let x = 0; x <= 12; x++) boxes.push(x * size / 16, y * size / 16, (x + 4) * size / 16, (y + 8) * size / 16)
  const count = boxes.length / 4
  return writeOnnx({
    name: 'bright-regions',
    inputs: [image],
    outputs: [
      { name: 'dets', type: 'float32', shape: free ? ['batch', 'n', 'columns'] : [1, 'n', 5] },
      { name: 'labels', type: 'int64', shape: free ? ['batch', 'n'] : [1, 'n'] }
    ],
    constants: [
      ...constants, floats('boxes', boxes, [1, count, 4]), floats('iou', [0.3]), floats('least', [GRAPH_SCORE_THRESHOLD]), floats('zero_row', [0, 0, 0, 0, 0], [1, 1, 5]),
      ints('most', [100]), ints('one_row', [1, 1, count]), ints('axis_2', [2]), ints('axis_0', [0]), ints('box_column', [2], []), ints('class_column', [1], []),
      ints('flat', [1, count]), ints('zero_label', [0], [1, 1])
    ],
    nodes: [
      ...brightness,
      { op: 'Sub', inputs: ['windows', 'level'], outputs: ['above'] },
      { op: 'Mul', inputs: ['above', 'slope'], outputs: ['steep'] },
      { op: 'Sigmoid', inputs: ['steep'], outputs: ['probability'] },
      { op: 'Reshape', inputs: ['probability', 'one_row'], outputs: ['scores'] },
      { op: 'NonMaxSuppression', inputs: ['boxes', 'scores', 'most', 'iou', 'least'], outputs: ['kept'] },
      { op: 'Gather', inputs: ['kept', 'box_column'], outputs: ['box_index'], attributes: { axis: 1 } },
      { op: 'Gather', inputs: ['kept', 'class_column'], outputs: ['class_index'], attributes: { axis: 1 } },
      { op: 'Gather', inputs: ['boxes', 'box_index'], outputs: ['kept_boxes'], attributes: { axis: 1 } },
      { op: 'Reshape', inputs: ['scores', 'flat'], outputs: ['flat_scores'] },
      { op: 'Gather', inputs: ['flat_scores', 'box_index'], outputs: ['kept_scores'], attributes: { axis: 1 } },
      { op: 'Unsqueeze', inputs: ['kept_scores', 'axis_2'], outputs: ['score_column'] },
      { op: 'Concat', inputs: ['kept_boxes', 'score_column'], outputs: ['rows'], attributes: { axis: 2 } },
      { op: 'Unsqueeze', inputs: ['class_index', 'axis_0'], outputs: ['kept_labels'] },
      // Like the real exports: one all-zero row at the end, so that there is always a row.
      { op: 'Concat', inputs: ['rows', 'zero_row'], outputs: ['dets'], attributes: { axis: 1 } },
      { op: 'Concat', inputs: ['kept_labels', 'zero_label'], outputs: ['labels'], attributes: { axis: 1 } }
    ]
  })
}

function createRawDetector (size: number, image: { name: string, type: 'float32', shape: Array<string | number> }, constants: Constant[]): Uint8Array {
  const side = size / 32
  const cells = side * side
  const finer = (size / 8) ** 2 + (size / 16) ** 2
  const classes = new Float32Array(80)
  classes[0] = 1
  // A second class that is surer of everything: a service that does not filter for people would show it.
  classes[56] = 1.05
  return writeOnnx({
    name: 'bright-cells',
    inputs: [{ ...image, name: 'images' }],
    outputs: [{ name: 'output', type: 'float32', shape: [1, finer + cells, 85] }],
    constants: [
      ...constants,
      floats('finer_row', new Array<number>(85).fill(0), [1, 1, 85]),
      // Centre of the cell; width and height of a quarter and half of the input, as logarithms of strides.
      floats('cell_box', [0.5, 0.5, Math.log(size / 4 / 32), Math.log(size / 2 / 32)], [1, 1, 4]),
      floats('cell_classes', [...classes], [1, 1, 80]),
      ints('column', [1, cells, 1]), ints('finer_shape', [1, finer, 85]), ints('box_shape', [1, cells, 4]), ints('class_shape', [1, cells, 80])
    ],
    nodes: [
      { op: 'Conv', inputs: ['images', 'channels'], outputs: ['grey'] },
      // One window per cell of the coarsest stride, centred on it.
      { op: 'AveragePool', inputs: ['grey'], outputs: ['windows'], attributes: { kernel_shape: { ints: [size / 2, size / 4] }, strides: { ints: [32, 32] }, pads: { ints: [size / 4 - 16, size / 8 - 16, size / 4 - 16, size / 8 - 16] }, count_include_pad: 1 } },
      { op: 'Sub', inputs: ['windows', 'level'], outputs: ['above'] },
      { op: 'Mul', inputs: ['above', 'slope'], outputs: ['steep'] },
      { op: 'Sigmoid', inputs: ['steep'], outputs: ['probability'] },
      { op: 'Reshape', inputs: ['probability', 'column'], outputs: ['objectness'] },
      { op: 'Expand', inputs: ['finer_row', 'finer_shape'], outputs: ['finer_rows'] },
      { op: 'Expand', inputs: ['cell_box', 'box_shape'], outputs: ['box'] },
      { op: 'Expand', inputs: ['cell_classes', 'class_shape'], outputs: ['classes'] },
      { op: 'Concat', inputs: ['box', 'objectness', 'classes'], outputs: ['coarse_rows'], attributes: { axis: 2 } },
      { op: 'Concat', inputs: ['finer_rows', 'coarse_rows'], outputs: ['output'], attributes: { axis: 1 } }
    ]
  })
}

/** The bytes of a SimCC pose network: input -> simcc_x, simcc_y, two bins per input pixel. */
export function createTestPose (options: TestModelOptions = {}): Uint8Array {
  const random = createSeededRandom((options.seed ?? 1) + 1000)
  const [width, height] = options.poseSize ?? [192, 256]
  const points = POINT_COUNTS[options.keypointSet ?? 'coco-wholebody-133']
  const batch = options.poseBatch === undefined || options.poseBatch === 'dynamic' ? 'batch' : options.poseBatch
  const hidden = 8
  const weights = (name: string, rows: number, columns: number, scale: number): Constant =>
    floats(name, Array.from({ length: rows * columns }, () => (random() - 0.5) * scale), [rows, columns])
  const amplitude = options.score === 'logits' ? 10 : 1
  const present = Array.from({ length: points }, (_, index) => options.absentPoints?.includes(index) ? 0 : amplitude)
  const axis = (name: 'x' | 'y', pixels: number): { constants: Constant[], nodes: Node[] } => ({
    constants: [
      weights(`move_${name}`, hidden, points, 4),
      floats(`place_${name}`, Array.from({ length: points }, () => (0.15 + 0.7 * random()) * pixels * 2), [points]),
      floats(`bins_${name}`, Array.from({ length: pixels * 2 }, (_, bin) => bin), [1, 1, pixels * 2])
    ],
    nodes: [
      { op: 'MatMul', inputs: ['features', `move_${name}`], outputs: [`shift_${name}`] },
      { op: 'Add', inputs: [`shift_${name}`, `place_${name}`], outputs: [`centre_${name}`] },
      { op: 'Unsqueeze', inputs: [`centre_${name}`, 'last'], outputs: [`centre_column_${name}`] },
      { op: 'Sub', inputs: [`bins_${name}`, `centre_column_${name}`], outputs: [`distance_${name}`] },
      { op: 'Mul', inputs: [`distance_${name}`, `distance_${name}`], outputs: [`squared_${name}`] },
      { op: 'Mul', inputs: [`squared_${name}`, 'narrow'], outputs: [`exponent_${name}`] },
      { op: 'Exp', inputs: [`exponent_${name}`], outputs: [`bell_${name}`] },
      { op: 'Mul', inputs: [`bell_${name}`, 'height'], outputs: [`simcc_${name}`] }
    ]
  })
  const x = axis('x', width)
  const y = axis('y', height)
  return writeOnnx({
    name: 'random-points',
    inputs: [{ name: 'input', type: 'float32', shape: [batch, 3, height, width] }],
    outputs: [
      { name: 'simcc_x', type: 'float32', shape: [batch, points, width * 2] },
      { name: 'simcc_y', type: 'float32', shape: [batch, points, height * 2] }
    ],
    constants: [
      weights('first', 36, hidden, 1), weights('sure', hidden, points, 0.5), floats('sure_bias', Array.from({ length: points }, () => 1 + random() * 2), [points]),
      floats('present', present, [points]), floats('narrow', [-1 / (2 * 4.9 * 4.9)]), ints('rows', [0, 36]), ints('last', [2]), ...x.constants, ...y.constants
    ],
    nodes: [
      { op: 'AveragePool', inputs: ['input'], outputs: ['cells'], attributes: { kernel_shape: { ints: [height / 4, width / 3] }, strides: { ints: [height / 4, width / 3] } } },
      { op: 'Reshape', inputs: ['cells', 'rows'], outputs: ['flat'] },
      { op: 'MatMul', inputs: ['flat', 'first'], outputs: ['mixed'] },
      { op: 'Tanh', inputs: ['mixed'], outputs: ['features'] },
      { op: 'MatMul', inputs: ['features', 'sure'], outputs: ['evidence'] },
      { op: 'Add', inputs: ['evidence', 'sure_bias'], outputs: ['biased'] },
      { op: 'Sigmoid', inputs: ['biased'], outputs: ['certainty'] },
      { op: 'Mul', inputs: ['certainty', 'present'], outputs: ['peak'] },
      { op: 'Unsqueeze', inputs: ['peak', 'last'], outputs: ['height'] },
      ...x.nodes, ...y.nodes
    ]
  })
}

function floats (name: string, values: readonly number[], shape: readonly number[] = [values.length]): Constant {
  return { name, shape, data: Float32Array.from(values) }
}

function ints (name: string, values: readonly number[], shape: readonly number[] = [values.length]): Constant {
  return { name, shape, data: BigInt64Array.from(values, BigInt) }
}

function sha256 (bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

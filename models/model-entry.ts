/** What the service must know of a model file to feed it and to read its answer. One JSON object per model. */
import Type, { type Static } from 'typebox'

const Triple = Type.Tuple([Type.Number(), Type.Number(), Type.Number()])
const Size = Type.Tuple([Type.Integer({ minimum: 16 }), Type.Integer({ minimum: 16 })])

const file = {
  id: Type.String({ minLength: 1, description: 'Short name, unique in the registry' }),
  title: Type.String({ description: 'Name in the literature' }),
  file: Type.String({ description: 'File name inside MODEL_DIR' }),
  addresses: Type.Array(Type.String(), { description: 'Where it can be had, in order; .zip archives hold one .onnx' }),
  bytes: Type.Union([Type.Integer(), Type.Null()], { description: 'Size of the .onnx; null = not known' }),
  sha256: Type.Union([Type.String({ pattern: '^[0-9a-f]{64}$' }), Type.Null()], { description: 'Of the .onnx; null = not known' }),
  archiveSha256: Type.Union([Type.String({ pattern: '^[0-9a-f]{64}$' }), Type.Null()], { description: 'Of the archive; null = none or not known' }),
  license: Type.String(),
  source: Type.String({ description: 'Who published it, and where the facts come from' })
}

const input = {
  inputSize: Type.Unsafe<[number, number]>({ ...Size, description: 'width, height in pixels' }),
  channelOrder: Type.Union([Type.Literal('rgb'), Type.Literal('bgr')]),
  mean: Type.Unsafe<[number, number, number]>({ ...Triple, description: 'In channelOrder; 0 0 0 = raw values' }),
  std: Type.Unsafe<[number, number, number]>({ ...Triple, description: 'In channelOrder; 1 1 1 = raw values' })
}

export const DetectorEntrySchema = Type.Object({
  task: Type.Literal('detector'),
  ...file,
  ...input,
  output: Type.Union([Type.Literal('nms-inside'), Type.Literal('yolox-raw')], { description: 'dets/labels with suppression in the graph, or the raw YOLOX grid' }),
  personClass: Type.Integer({ minimum: 0 }),
  scoreThreshold: Type.Number({ minimum: 0, maximum: 1, description: 'Default for DETECTOR_THRESHOLD' }),
  nmsIou: Type.Number({ minimum: 0, maximum: 1, description: 'yolox-raw only' })
}, { $id: 'DetectorEntry' })
export type DetectorEntry = Static<typeof DetectorEntrySchema>

export const ScoreSchema = Type.Union([
  Type.Object({
    kind: Type.Literal('logits'),
    beta: Type.Number({ description: 'Softmax factor of the training loss' }),
    sigma: Type.Unsafe<[number, number]>({ type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2, description: 'Label sigma in bins, x and y' })
  }),
  Type.Object({ kind: Type.Literal('peak') })
], { description: 'How a SimCC row becomes a confidence of 0..1' })
export type Score = Static<typeof ScoreSchema>

export const CalibrationSchema = Type.Object({
  groups: Type.Array(Type.Object({
    points: Type.Array(Type.Integer({ minimum: 0 }), { description: 'Indices into the keypoint set' }),
    knots: Type.Array(Type.Unsafe<[number, number]>({ type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 }), { minItems: 2, description: 'raw -> confidence, rising, linear in between' })
  }))
}, { description: 'Makes 0.7 mean: right in about 70 % of the cases' })
export type Calibration = Static<typeof CalibrationSchema>

export const PoseEntrySchema = Type.Object({
  task: Type.Literal('pose'),
  ...file,
  ...input,
  decoding: Type.Literal('simcc'),
  splitRatio: Type.Number({ exclusiveMinimum: 0, description: 'Bins per input pixel' }),
  keypointSet: Type.Union([Type.Literal('coco-17'), Type.Literal('halpe-26'), Type.Literal('coco-wholebody-133')]),
  score: ScoreSchema,
  calibration: Type.Union([CalibrationSchema, Type.Null()]),
  pointThreshold: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'Default for CONFIDENCE_THRESHOLD; 0.3 unless told' })),
  personThreshold: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'People found by the detector who score less (box times points) are none; 0 unless told' }))
}, { $id: 'PoseEntry' })
export type PoseEntry = Static<typeof PoseEntrySchema>

export type ModelEntry = DetectorEntry | PoseEntry

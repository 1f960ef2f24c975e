import type { DetectorEntry } from '../../models/model-entry.ts'
import { rawBgr } from '../../models/pixel-formats.ts'
import type { LocatedModel } from '../protocol.ts'
import { yoloxRows } from '../detector/decode-yolox.ts'
import type { Session } from './create-session.ts'
import { describeOwnFile } from './describe-own-file.ts'
import { describeTensors, fits, tensorShapes, type TensorShape } from './graph-shape.ts'

/** How the detector's tensors are called. */
export interface DetectorGraph {
  entry: DetectorEntry
  input: string
  /** dets, or the raw grid. */
  boxes: string
  /** null for the raw grid. */
  labels: string | null
  /** What was assumed about a file without description. */
  warnings: string[]
}

/** Side that graphs with a free input size get when nothing else is known: what the detectors of this family were trained at. */
const USUAL_SIDE = 640

/**
 * Finds the detector's tensors and checks them against its entry. A file without entry is described from its graph, with the
 * preprocessing that RTMLib uses for this layout.
 * @throws Error with a sentence for the user when the graph does not fit
 */
export function readDetectorGraph (session: Session, model: LocatedModel<DetectorEntry>): DetectorGraph {
  const inputs = tensorShapes(session.inputMetadata)
  const outputs = tensorShapes(session.outputMetadata)
  const entry = model.entry ?? describeDetector(model, inputs, outputs)
  const [width, height] = entry.inputSize
  const [input] = inputs
  if (inputs.length !== 1 || input === undefined || !fitsImage(input, width, height)) {
    throw new Error(`The detector ${entry.file} must take one float32 picture of [1, 3, ${height}, ${width}], but its inputs are ${describeTensors(inputs)}.`)
  }
  const names = entry.output === 'nms-inside' ? findSuppressed(outputs) : findRaw(outputs, width, height, entry.personClass)
  if (names === null) {
    const wanted = entry.output === 'nms-inside' ? 'dets [1, n, 5] and labels [1, n]' : `a raw YOLOX grid of [1, ${yoloxRows(width, height)}, 5 + classes]`
    throw new Error(`The detector ${entry.file} must give ${wanted}, but its outputs are ${describeTensors(outputs)}.`)
  }
  return { entry, input: input.name, ...names, warnings: model.entry === null ? [assumption(entry)] : [] }
}

function fitsImage ({ type, dims }: TensorShape, width: number, height: number): boolean {
  return type === 'float32' && dims.length === 4 && fits(dims[0], 1) && fits(dims[1], 3) && fits(dims[2], height) && fits(dims[3], width)
}

function findSuppressed (outputs: readonly TensorShape[]): { boxes: string, labels: string } | null {
  const boxes = outputs.find(({ type, dims }) => type === 'float32' && dims.length === 3 && fits(dims[0], 1) && fits(dims[2], 5))
  const labels = outputs.find(({ type, dims }) => (type === 'int64' || type === 'int32') && dims.length === 2 && fits(dims[0], 1))
  return boxes !== undefined && labels !== undefined ? { boxes: boxes.name, labels: labels.name } : null
}

function findRaw (outputs: readonly TensorShape[], width: number, height: number, personClass: number): { boxes: string, labels: null } | null {
  const grid = outputs.find(({ type, dims }) => type === 'float32' && dims.length === 3 && fits(dims[0], 1) && fits(dims[1], yoloxRows(width, height)) &&
    (typeof dims[2] === 'string' || (dims[2] ?? 0) > 5 + personClass))
  return grid !== undefined ? { boxes: grid.name, labels: null } : null
}

function describeDetector (model: LocatedModel<DetectorEntry>, inputs: readonly TensorShape[], outputs: readonly TensorShape[]): DetectorEntry {
  const dims = inputs[0]?.dims ?? []
  const width = typeof dims[3] === 'number' ? dims[3] : USUAL_SIDE
  const height = typeof dims[2] === 'number' ? dims[2] : USUAL_SIDE
  const suppressed = findSuppressed(outputs) !== null
  return {
    task: 'detector',
    ...describeOwnFile(model),
    inputSize: [width, height],
    ...rawBgr,
    output: suppressed ? 'nms-inside' : 'yolox-raw',
    personClass: 0,
    scoreThreshold: 0.3,
    nmsIou: 0.45
  }
}

function assumption ({ file, inputSize, output }: DetectorEntry): string {
  const layout = output === 'nms-inside' ? 'boxes after suppression (dets, labels)' : 'a raw YOLOX grid'
  return `The detector ${file} is not in the registry. Read from its graph: input ${inputSize.join('x')}, ${layout}. ` +
    'Assumed as RTMLib does for YOLOX: B, G, R values of 0 to 255 without mean and deviation, class 0 is person. A .json description states other facts.'
}

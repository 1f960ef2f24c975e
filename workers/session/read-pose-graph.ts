import { keypointSets } from '../../models/keypoint-sets.ts'
import type { PoseEntry } from '../../models/model-entry.ts'
import { imageNetRgb } from '../../models/pixel-formats.ts'
import type { LocatedModel } from '../protocol.ts'
import type { Session } from './create-session.ts'
import { describeOwnFile } from './describe-own-file.ts'
import { describeTensors, fits, tensorShapes, type TensorShape } from './graph-shape.ts'

/** How the pose network's tensors are called, and how large they are. */
export interface PoseGraph {
  entry: PoseEntry
  input: string
  simccX: string
  simccY: string
  points: number
  binsX: number
  binsY: number
  /** People per run where the graph fixes it; null: any number. */
  fixedBatch: number | null
  /** What was assumed about a file without description. */
  warnings: string[]
}

/**
 * Finds the pose network's tensors and checks them against its entry. A file without entry is described from its graph, with
 * the preprocessing that RTMPose networks were trained with.
 * @throws Error with a sentence for the user when the graph does not fit
 */
export function readPoseGraph (session: Session, model: LocatedModel<PoseEntry>): PoseGraph {
  const inputs = tensorShapes(session.inputMetadata)
  const outputs = tensorShapes(session.outputMetadata)
  const simcc = findSimcc(outputs)
  const entry = model.entry ?? describePose(model, inputs, outputs, simcc)
  const [width, height] = entry.inputSize
  const [input] = inputs
  if (inputs.length !== 1 || input === undefined || !fitsCrops(input, width, height)) {
    throw new Error(`The pose network ${entry.file} must take float32 crops of [n, 3, ${height}, ${width}], but its inputs are ${describeTensors(inputs)}.`)
  }
  const points = keypointSets[entry.keypointSet].names.length
  const binsX = Math.round(width * entry.splitRatio)
  const binsY = Math.round(height * entry.splitRatio)
  if (simcc === null || !fitsRows(simcc.x, points, binsX) || !fitsRows(simcc.y, points, binsY)) {
    throw new Error(`The pose network ${entry.file} must give simcc_x [n, ${points}, ${binsX}] and simcc_y [n, ${points}, ${binsY}], but its outputs are ${describeTensors(outputs)}.`)
  }
  const batch = input.dims[0]
  return {
    entry,
    input: input.name,
    simccX: simcc.x.name,
    simccY: simcc.y.name,
    points,
    binsX,
    binsY,
    fixedBatch: typeof batch === 'number' ? batch : null,
    warnings: model.entry === null ? [assumption(entry)] : []
  }
}

function fitsCrops ({ type, dims }: TensorShape, width: number, height: number): boolean {
  return type === 'float32' && dims.length === 4 && fits(dims[1], 3) && fits(dims[2], height) && fits(dims[3], width)
}

function fitsRows ({ dims }: TensorShape, points: number, bins: number): boolean {
  return fits(dims[1], points) && fits(dims[2], bins)
}

/** By name where the names say it, else in the order x, y. */
function findSimcc (outputs: readonly TensorShape[]): { x: TensorShape, y: TensorShape } | null {
  const rows = outputs.filter(({ type, dims }) => type === 'float32' && dims.length === 3)
  const x = rows.find(({ name }) => /x$/i.test(name)) ?? rows[0]
  const y = rows.find(({ name }) => /y$/i.test(name)) ?? rows[1]
  return rows.length === 2 && x !== undefined && y !== undefined && x !== y ? { x, y } : null
}

function describePose (model: LocatedModel<PoseEntry>, inputs: readonly TensorShape[], outputs: readonly TensorShape[], simcc: ReturnType<typeof findSimcc>): PoseEntry {
  const own = describeOwnFile(model)
  const points = simcc?.x.dims[1]
  const keypointSet = Object.values(keypointSets).find((set) => set.names.length === points)
  if (keypointSet === undefined) {
    const known = Object.values(keypointSets).map((set) => set.names.length).join(', ')
    throw new Error(`The pose network ${own.file} is not in the registry and its outputs are ${describeTensors(outputs)}: two SimCC outputs [n, points, bins] with ${known} points can be used.`)
  }
  const dims = inputs[0]?.dims ?? []
  const [width, height] = [dims[3], dims[2]]
  const [binsX, binsY] = [simcc?.x.dims[2], simcc?.y.dims[2]]
  const sizes = [width, height, binsX, binsY]
  if (!sizes.every((size) => typeof size === 'number') || Number(binsX) / Number(width) !== Number(binsY) / Number(height)) {
    throw new Error(`The pose network ${own.file} is not in the registry and its sizes cannot be read from its graph (inputs ${describeTensors(inputs)}, outputs ${describeTensors(outputs)}). Describe it in a .json file.`)
  }
  return {
    task: 'pose',
    ...own,
    inputSize: [Number(width), Number(height)],
    ...imageNetRgb,
    decoding: 'simcc',
    splitRatio: Number(binsX) / Number(width),
    keypointSet: keypointSet.id,
    score: { kind: 'peak' },
    calibration: null
  }
}

function assumption ({ file, inputSize, keypointSet }: PoseEntry): string {
  return `The pose network ${file} is not in the registry. Read from its graph: input ${inputSize.join('x')}, ${keypointSet}. ` +
    'Assumed as for RTMPose: R, G, B values with ImageNet\'s mean and deviation, and the peak of a row is its confidence. A .json description states other facts.'
}

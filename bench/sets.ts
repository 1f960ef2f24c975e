import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { starterDetector } from '../models/registry/starter.ts'
import { findSpeedModels } from './speed-models.ts'

/** Two networks to measure with. */
export interface ModelSet {
  name: string
  detector: string
  /** Side of the detector's square input, which rtmlib must be told. */
  detectorSide: number
  pose: string
  /** What the service is told, MODEL_DIR aside. */
  env: Record<string, string>
  /** A round's seconds per contestant: enough for some dozens of pictures. */
  seconds: number
  /** Pictures kept as ready tensors for the limit. */
  readyPictures: number
}

/** rtmlib's own, which cannot be set there: everybody must estimate the same people. */
export const DETECTOR_THRESHOLD = 0.3

/** Sides of the detectors of the architecture-true models. */
const speedSets = { lightweight: 416, balanced: 640 } as const

export const setNames = ['nano', 'starter', ...Object.keys(speedSets)] as const

/** @returns the set, or why it cannot be had */
export async function findModelSet (name: string, shared: string, python: string): Promise<ModelSet | string> {
  if (name === 'nano') {
    const detector = join(shared, 'testdata/models/detectors/yolox_nano_8xb8-300e_humanart-40f6f0d0.onnx')
    const pose = join(shared, 'testdata/models/pose/body17_as_wholebody133_simcc_256x192.onnx')
    return { name, detector, detectorSide: 416, pose, env: { DETECTOR_MODEL: detector, POSE_MODEL: pose }, seconds: 6, readyPictures: 53 }
  }
  if (name === 'starter') {
    const folder = fileURLToPath(new URL('../models/starter/', import.meta.url))
    return { name, detector: join(folder, 'detector.onnx'), detectorSide: starterDetector.inputSize[0], pose: join(folder, 'pose.onnx'), env: { MODE: 'starter' }, seconds: 6, readyPictures: 53 }
  }
  if (name !== 'lightweight' && name !== 'balanced') return `there is no such set (${setNames.join(', ')})`
  const env = await findSpeedModels(name, { people: 3, shared, python }).catch((error: Error) => error.message.trim().split('\n').at(-1)!)
  if (typeof env === 'string') return `its models cannot be made: ${env} (BENCH_PYTHON names a Python with numpy and onnx)`
  return { name, detector: env.DETECTOR_MODEL, detectorSide: speedSets[name], pose: env.POSE_MODEL, env, seconds: name === 'balanced' ? 12 : 9, readyPictures: 8 }
}

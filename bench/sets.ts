import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { starterDetector } from '../models/registry/starter.ts'

const run = promisify(execFile)

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

/** File names and sides of the architecture-true models; their weights are random, their cost is the real one. */
const speedSets = {
  lightweight: { detector: 'yolox-tiny-416', side: 416, pose: 'rtmw-m-256x192' },
  balanced: { detector: 'yolox-m-640', side: 640, pose: 'rtmw-l-256x192' }
} as const

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
  const { detector: detectorName, side, pose: poseName } = speedSets[name]
  const folder = join(tmpdir(), 'label-studio-rtmpose-speed-models')
  const [detector, pose] = [join(folder, `${detectorName}.onnx`), join(folder, `${poseName}.onnx`)]
  if (!existsSync(detector) || !existsSync(pose)) {
    const maker = join(shared, 'tools/speed/make_speed_models.py')
    if (!existsSync(maker)) return `${maker} is missing`
    await mkdir(folder, { recursive: true })
    const failure = await run(python, ['-B', maker, '--out', folder, detectorName, poseName]).then(() => null, (error: Error) => error.message.trim().split('\n').at(-1)!)
    if (failure !== null) return `its models cannot be made: ${failure} (BENCH_PYTHON names a Python with numpy and onnx)`
  }
  return { name, detector, detectorSide: side, pose, env: { DETECTOR_MODEL: detector, POSE_MODEL: pose }, seconds: name === 'balanced' ? 12 : 9, readyPictures: 8 }
}

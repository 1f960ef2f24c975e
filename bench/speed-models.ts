import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Names of the architecture-true models; their weights are random, their cost is the real one. */
export const speedModels = {
  lightweight: { detector: 'yolox-tiny-416', pose: 'rtmw-m-256x192' },
  balanced: { detector: 'yolox-m-640', pose: 'rtmw-l-256x192' },
  performance: { detector: 'yolox-m-640', pose: 'rtmw-l-384x288' },
  // Of its own pose network there is no such model; this one has as many operations, and more points.
  'body-performance': { detector: 'yolox-x-640', pose: 'rtmw-l-384x288' }
} as const

/**
 * Settings of a service that runs them, whose detector finds so many people on every picture; made where they are missing.
 * @param people 1 to 4; shared: the shared data; python: one with numpy and onnx
 * @throws Error when they cannot be made
 */
export async function findSpeedModels (mode: keyof typeof speedModels, { people, shared, python }: { people: number, shared: string, python: string }): Promise<{ DETECTOR_MODEL: string, POSE_MODEL: string }> {
  const { detector, pose } = speedModels[mode]
  const folder = join(tmpdir(), 'label-studio-rtmpose-speed-models')
  const detectorFile = join(folder, `${detector}.${people}people.onnx`)
  const poseFile = join(folder, `${pose}.onnx`)
  const make = (...args: string[]) => promisify(execFile)(python, ['-B', join(shared, 'tools/speed/make_speed_models.py'), '--out', folder, ...args])
  await mkdir(folder, { recursive: true })
  if (!existsSync(detectorFile)) await make(...boxes.slice(0, people).flatMap((box) => ['--box', box]), '--suffix', `.${people}people`, detector)
  if (!existsSync(poseFile)) await make(pose)
  return { DETECTOR_MODEL: detectorFile, POSE_MODEL: poseFile }
}

/** In the part of the letterboxed square that every usual picture covers; they do not overlap, or one would suppress the other. */
const boxes = ['0.05,0.05,0.25,0.27', '0.3,0.05,0.5,0.27', '0.05,0.3,0.25,0.52', '0.3,0.3,0.5,0.52']

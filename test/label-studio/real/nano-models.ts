/**
 * The small networks of the shared test data, as settings of the service. The starter models also see people who are
 * not there, so tests that count people or compare positions take these.
 */
import { join } from 'node:path'
import { sharedDir } from '../../factories/shared-dir.ts'
import { root } from '../../factories/service-process.ts'

const file = (...path: string[]) => join(sharedDir() ?? '', 'testdata', 'models', ...path)
const detector = { DETECTOR_MODEL: file('detectors', 'yolox_nano_8xb8-300e_humanart-40f6f0d0.onnx') }

/** Exact on the drawn figures, but only the 17 points of the body. */
export const nanoModels = { ...detector, POSE_MODEL: file('pose', 'body17_as_wholebody133_simcc_256x192.onnx') }

/** All 133 points, of the starter pose network, in boxes without ghosts. */
export const nanoDetectorStarterPose = { ...detector, POSE_MODEL: join(root, 'models', 'starter', 'pose.onnx') }

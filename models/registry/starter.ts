/**
 * The project's own small models, which lie in the repository. Everything that a new training changes is read from
 * starter.json, which models/starter/training/release.py writes.
 */
import starter from '../starter/starter.json' with { type: 'json' }
import type { Calibration, DetectorEntry, PoseEntry } from '../model-entry.ts'
import { imageNetRgb, rawBgr } from '../pixel-formats.ts'

/** Version of the weights, for example 0.1.0. */
export const starterVersion: string = starter.version

const published = {
  addresses: [],
  archiveSha256: null,
  license: `${starter.license.replace(/^CC-(.+)-(\d)/, 'CC $1 $2')} (not for commercial use: trained on research collections, see models/starter/MODEL_CARD.md)`,
  source: `this project, version ${starter.version}`
}

export const starterDetector: DetectorEntry = {
  task: 'detector',
  id: 'starter-detector',
  title: `Starter detector ${starter.version}`,
  file: starter.detector.file,
  ...published,
  bytes: starter.detector.bytes,
  sha256: starter.detector.sha256,
  inputSize: [starter.detector.inputSize, starter.detector.inputSize],
  ...rawBgr,
  output: 'nms-inside',
  personClass: 0,
  scoreThreshold: starter.detector.threshold,
  nmsIou: 0.65
}

export const starterPose: PoseEntry & { pointThreshold: number } = {
  task: 'pose',
  id: 'starter-pose',
  title: `Starter pose ${starter.version}`,
  file: starter.pose.file,
  ...published,
  bytes: starter.pose.bytes,
  sha256: starter.pose.sha256,
  inputSize: [192, 256],
  ...imageNetRgb,
  decoding: 'simcc',
  splitRatio: 2,
  keypointSet: 'coco-wholebody-133',
  score: { kind: 'peak' },
  // Calibrated confidences of a weak network are honestly low: the usual 0.3 would cost more than this (MODEL_CARD.md, test/starter).
  pointThreshold: starter.pose.pointThreshold,
  personThreshold: starter.pose.personThreshold,
  calibration: {
    // JSON has no tuples.
    groups: starter.pose.calibration.groups.map(({ points, knots }) => ({ points, knots: knots as Calibration['groups'][number]['knots'] }))
  }
}

/** A copy of one of the networks in int8, beside it; made and judged by models/starter/training/release.py. */
export interface StarterInt8 {
  file: string
  bytes: number
  sha256: string
}

/** The copies that lose less than 0.01 of OKS or recall; PRECISION=int8 uses them. */
export const starterInt8: { readonly detector: StarterInt8 | null, readonly pose: StarterInt8 | null } = starter.int8

import t from 'tap'
import type { ProjectCalibration } from '../../models/confidence/project-calibration.ts'
import { findDetector, findPose } from '../../models/find-model.ts'
import { starterDetector, starterPose, starterVersion } from '../../models/registry/starter.ts'
import { createModelVersion } from '../../src/prediction/model-version.ts'

const models = {
  detector: { path: '/one/machine/detector.onnx', sha256: 'd'.repeat(64), entry: findDetector('yolox-m-humanart') },
  pose: { path: '/one/machine/pose.onnx', sha256: 'e'.repeat(64), entry: findPose('rtmw-l-256x192') }
}
const config = { mode: 'balanced' as const, detectorModel: null, poseModel: null, confidenceThreshold: 0.3, detectorThreshold: null, maxPeople: 50, keypointSize: 0.3 }
const calibration: ProjectCalibration = { kind: 'label-studio-rtmpose/calibration', keypointSet: 'coco-wholebody-133', modelVersion: 'v1', points: 1, groups: [{ points: [0], knots: [[0, 0], [1, 0.8]] }] }
const version = createModelVersion(models, config).modelVersion

t.test('names the mode and eight hex digits', async (t) => {
  t.match(createModelVersion(models, config), { modelVersion: /^rtmlib-balanced@[0-9a-f]{8}$/, shortModelVersion: 'rtmlib-balanced' })
  t.match(createModelVersion(models, { ...config, poseModel: '/own/pose.onnx' }), { modelVersion: /^rtmlib-custom@/, shortModelVersion: 'rtmlib-custom' })
})

t.test('the starter models are never called by the mode they stand in for', async (t) => {
  const starter = {
    detector: { path: '/d.onnx', sha256: starterDetector.sha256!, entry: starterDetector },
    pose: { path: '/p.onnx', sha256: starterPose.sha256!, entry: starterPose }
  }
  const short = `starter-${starterVersion}`
  const { modelVersion, shortModelVersion } = createModelVersion(starter, config)
  t.equal(shortModelVersion, short)
  t.match(modelVersion, new RegExp(`^${short.replaceAll('.', '\\.')}@[0-9a-f]{8}$`))
  t.equal(createModelVersion(starter, { ...config, mode: 'starter' }).modelVersion, modelVersion, 'chosen or not, they answer the same')
  t.equal(createModelVersion({ ...starter, pose: models.pose }, { ...config, poseModel: '/p.onnx' }).shortModelVersion, 'rtmlib-custom')
})

t.test('is the same wherever the files lie', async (t) => {
  t.equal(createModelVersion({ detector: { ...models.detector, path: '/other' }, pose: { ...models.pose, path: '/other' } }, { ...config }).modelVersion, version)
})

t.test('changes with all that changes an answer', async (t) => {
  const others = [
    createModelVersion({ ...models, detector: { ...models.detector, sha256: 'f'.repeat(64) } }, config),
    createModelVersion({ ...models, pose: { ...models.pose, sha256: 'f'.repeat(64) } }, config),
    createModelVersion({ ...models, pose: { ...models.pose, entry: { ...models.pose.entry!, score: { kind: 'logits', beta: 10, sigma: [5.66, 5.66] } } } }, config),
    createModelVersion(models, { ...config, confidenceThreshold: 0.31 }),
    createModelVersion(models, { ...config, detectorThreshold: 0.3 }),
    createModelVersion(models, { ...config, maxPeople: 49 }),
    createModelVersion(models, { ...config, keypointSize: 0.4 }),
    createModelVersion(models, { ...config, calibration }),
    createModelVersion(models, { ...config, calibration: { ...calibration, keypointSet: 'halpe-26' } }),
    createModelVersion(models, { ...config, calibration: { ...calibration, groups: [{ points: [0], knots: [[0, 0], [1, 0.9]] }] } })
  ].map(({ modelVersion }) => modelVersion)
  t.equal(new Set([version, ...others]).size, others.length + 1)
})

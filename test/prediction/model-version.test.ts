import t from 'tap'
import { findDetector, findPose } from '../../models/find-model.ts'
import { createModelVersion } from '../../src/prediction/model-version.ts'

const models = {
  detector: { path: '/one/machine/detector.onnx', sha256: 'd'.repeat(64), entry: findDetector('yolox-m-humanart') },
  pose: { path: '/one/machine/pose.onnx', sha256: 'e'.repeat(64), entry: findPose('rtmw-l-256x192') }
}
const config = { mode: 'balanced' as const, detectorModel: null, poseModel: null, confidenceThreshold: 0.3, detectorThreshold: null, maxPeople: 50, keypointSize: 0.3 }
const version = createModelVersion(models, config).modelVersion

t.test('names the mode and eight hex digits', async (t) => {
  t.match(createModelVersion(models, config), { modelVersion: /^rtmlib-balanced@[0-9a-f]{8}$/, shortModelVersion: 'rtmlib-balanced' })
  t.match(createModelVersion(models, { ...config, poseModel: '/own/pose.onnx' }), { modelVersion: /^rtmlib-custom@/, shortModelVersion: 'rtmlib-custom' })
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
    createModelVersion(models, { ...config, keypointSize: 0.4 })
  ].map(({ modelVersion }) => modelVersion)
  t.equal(new Set([version, ...others]).size, others.length + 1)
})

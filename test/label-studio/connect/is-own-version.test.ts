import t from 'tap'
import { findDetector, findPose } from '../../../models/find-model.ts'
import { modes, type Mode } from '../../../models/modes.ts'
import { loadConfig } from '../../../src/config.ts'
import { isOwnVersion } from '../../../src/label-studio/connect/is-own-version.ts'
import { createModelVersion } from '../../../src/prediction/model-version.ts'

t.test('every version the service can give itself is known as its own', async (t) => {
  for (const mode of Object.keys(modes) as Mode[]) {
    const [detector, pose] = [findDetector(modes[mode].detector)!, findPose(modes[mode].pose)!]
    const models = {
      detector: { path: '/detector.onnx', sha256: detector.sha256 ?? 'd'.repeat(64), entry: detector },
      pose: { path: '/pose.onnx', sha256: pose.sha256 ?? 'e'.repeat(64), entry: pose }
    }
    for (const env of [{ MODE: mode }, { MODE: mode, POSE_MODEL: '/own.onnx' }]) {
      const { modelVersion } = createModelVersion(models, { ...loadConfig(env), confidenceThreshold: 0.3 })
      t.ok(isOwnVersion(modelVersion), modelVersion)
    }
  }
})

t.test('and no other', async (t) => {
  for (const other of ['yolo-v8', 'rtmlib-balanced', 'starter-0.2.0@', 'my rtmlib-balanced@3f2a91c4', '', null, undefined]) t.notOk(isOwnVersion(other), String(other))
})

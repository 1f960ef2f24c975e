import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { findDetector } from '../../models/find-model.ts'
import { modes } from '../../models/modes.ts'
import { starterDetector, starterPose } from '../../models/registry/starter.ts'
import { obtainModels, type ObtainOptions } from '../../src/model-store/obtain-models.ts'
import { starterFolder } from '../../src/starter-folder.ts'
import { writeTestModels } from '../factories/onnx-model.ts'

const of = (modelDir: string, more: Partial<ObtainOptions> = {}): ObtainOptions => ({ mode: 'balanced', modelDir, modelFallback: 'starter', detectorModel: null, poseModel: null, ...more })

t.test('the starter models of the mode of that name', async (t) => {
  t.match(await obtainModels(of('/nowhere', { mode: 'starter', modelFallback: 'none' }), null), {
    fallback: null,
    detector: { path: join(starterFolder(), 'detector.onnx'), sha256: starterDetector.sha256, entry: starterDetector },
    pose: { path: join(starterFolder(), 'pose.onnx'), sha256: starterPose.sha256, entry: starterPose }
  })
})

t.test('the starter models stand in for files that are not there', async (t) => {
  const { detector, pose, fallback } = await obtainModels(of(t.testdir()), null)
  t.same([detector.entry?.id, pose.entry?.id], ['starter-detector', 'starter-pose'])
  t.match(fallback, /MODE=balanced needs YOLOX-m .*RTMW-l .*models pull yolox-m-humanart rtmw-l-256x192/)
})

t.test('and for a file that is damaged, which is named', async (t) => {
  const { file } = findDetector(modes.balanced.detector)!
  const { detector, fallback } = await obtainModels(of(t.testdir({ [file]: 'half a download' })), null)
  t.equal(detector.entry?.id, 'starter-detector')
  t.match(fallback, new RegExp(`${file} has 15 bytes instead of `))
})

t.test('not with MODEL_FALLBACK=none', async (t) => {
  await t.rejects(obtainModels(of(t.testdir(), { modelFallback: 'none' }), null), { code: 'POSE_ERR_MODEL_MISSING' })
})

t.test('not where somebody has named a file', async (t) => {
  const dir = t.testdir()
  const models = await writeTestModels(dir)
  await t.rejects(obtainModels(of(dir, { poseModel: join(dir, 'none.onnx') }), null), { code: 'POSE_ERR_MODEL_MISSING', message: /POSE_MODEL names/ })
  await t.rejects(obtainModels(of(dir, { poseModel: models.posePath }), null), { code: 'POSE_ERR_MODEL_MISSING', message: /yolox_m/ }, 'the other half comes from the mode')
  await writeFile(join(dir, 'pose.json'), '{')
  await t.rejects(obtainModels(of(dir, { detectorModel: models.detectorPath, poseModel: join(dir, 'pose.json') }), null), { code: 'POSE_ERR_MODEL_BROKEN' })
})

t.test('the starter files can be named like any other', async (t) => {
  const dir = t.testdir()
  const copy = join(dir, 'copy.onnx')
  await writeFile(copy, await readFile(join(starterFolder(), starterPose.file)))
  const { pose } = await obtainModels(of(dir, { detectorModel: join(starterFolder(), starterDetector.file), poseModel: copy }), null)
  t.match(pose, { path: copy, entry: { id: 'starter-pose' } })
})

import { createHash } from 'node:crypto'
import { copyFile, mkdir, readFile, rename, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { findDetector, findPose } from '../../models/find-model.ts'
import { modes } from '../../models/modes.ts'
import { starterDetector, starterPose } from '../../models/registry/starter.ts'
import { locateModels, type LocateOptions } from '../../src/model-store/locate-models.ts'
import { sha256File } from '../../src/model-store/sha256-file.ts'
import { starterFolder } from '../../src/starter-folder.ts'
import { writeTestModels } from '../factories/onnx-model.ts'

const detector = findDetector(modes.balanced.detector)!
const pose = findPose(modes.balanced.pose)!
const ofMode = (modelDir: string): LocateOptions => ({ mode: 'balanced', modelDir, detectorModel: null, poseModel: null })

t.test('what is missing is said once, with where it belongs and where it can be had', async (t) => {
  const dir = t.testdir()
  const error = await locateModels(ofMode(dir)).catch((error: unknown) => error as Error & { code: string })
  t.match(error, { code: 'POSE_ERR_MODEL_MISSING', statusCode: 503 })
  const { message } = error as Error
  for (const { title, file } of [detector, pose]) {
    t.ok(message.includes(title))
    t.ok(message.includes(join(dir, file)))
  }
  t.match(message, new RegExp(`models pull ${detector.id} ${pose.id}"`))
  t.match(message, /DETECTOR_MODEL.*POSE_MODEL/)
})

t.test('a folder in the place of the file is no file', async (t) => {
  const dir = t.testdir()
  await mkdir(join(dir, detector.file))
  await t.rejects(locateModels(ofMode(dir)), { code: 'POSE_ERR_MODEL_MISSING', message: new RegExp(detector.file) })
})

t.test('a file of the wrong content is named, even when another one is missing', async (t) => {
  const dir = t.testdir({ [detector.file]: 'half a download' })
  await t.rejects(locateModels(ofMode(dir)), { code: 'POSE_ERR_MODEL_BROKEN', message: new RegExp(`${detector.file} has .* instead of `) })
})

t.test('a file of the right size and other bytes', async (t) => {
  const entry = [detector, pose].find(({ bytes, sha256 }) => bytes !== null && sha256 !== null)
  if (entry === undefined) throw new Error('the registry knows size and hash of at least one of them')
  const path = join(t.testdir({ [entry.file]: '' }), entry.file)
  // Holes: as long as the true file, without taking its room.
  await truncate(path, entry.bytes!)
  await t.rejects(locateModels(ofMode(join(path, '..'))), { code: 'POSE_ERR_MODEL_BROKEN', message: new RegExp(`SHA-256 [0-9a-f]{64} instead of ${entry.sha256}`) })
})

t.test('another detector than the mode\'s', async (t) => {
  const dir = t.testdir({ [detector.file]: '' })
  await t.rejects(locateModels({ ...ofMode(dir), detector: 'yolox-m-coco' }), { code: 'POSE_ERR_MODEL_MISSING', message: /needs YOLOX-m COCO 640, expected at .*yolox_m_coco\.onnx\..* Run "npx label-studio-rtmpose models pull yolox-m-coco rtmw-l-256x192"/ })
  const located = await locateModels({ ...ofMode(dir), mode: 'starter' })
  t.equal(located.detector.entry?.id, 'starter-detector')
  await t.rejects(locateModels({ ...ofMode(dir), mode: 'starter', detector: 'yolox-m-humanart' }), { code: 'POSE_ERR_MODEL_BROKEN', message: new RegExp(`${detector.file} has 0 bytes`) }, 'in MODEL_DIR, whatever the mode')
})

t.test('own .onnx files', async (t) => {
  const dir = t.testdir()
  const models = await writeTestModels(dir)
  const own = { ...ofMode(dir), detectorModel: models.detectorPath, poseModel: models.posePath }
  t.same(await locateModels(own), {
    detector: { path: models.detectorPath, sha256: models.detectorSha256, entry: null },
    pose: { path: models.posePath, sha256: models.poseSha256, entry: null }
  }, 'unknown ones are left to the worker, which reads their graph')

  await t.rejects(locateModels({ ...own, poseModel: join(dir, 'none.onnx') }), { code: 'POSE_ERR_MODEL_MISSING', message: /POSE_MODEL names .*none\.onnx/ })
  await t.rejects(locateModels({ ...own, poseModel: null }), { code: 'POSE_ERR_MODEL_MISSING', message: new RegExp(pose.file) }, 'one own, one of the mode')
})

t.test('an own .onnx that the registry knows by its content', async (t) => {
  const dir = t.testdir()
  const [ownDetector, ownPose] = [join(dir, 'any.onnx'), join(dir, 'name.onnx')]
  await copyFile(join(starterFolder(), starterDetector.file), ownDetector)
  await copyFile(join(starterFolder(), starterPose.file), ownPose)
  const located = await locateModels({ ...ofMode(dir), detectorModel: ownDetector, poseModel: ownPose })
  t.match(located.detector.entry, { id: 'starter-detector', output: 'nms-inside', channelOrder: 'bgr' })
  t.match(located.pose.entry, { id: 'starter-pose', score: { kind: 'peak' } })
  await t.rejects(locateModels({ ...ofMode(dir), detectorModel: ownDetector, poseModel: ownDetector }), { code: 'POSE_ERR_MODEL_BROKEN', message: /POSE_MODEL needs a pose model, but .* is a detector model/ })
})

t.test('own .json descriptions', async (t) => {
  const dir = t.testdir()
  const models = await writeTestModels(dir)
  const detectorModel = join(dir, 'detector.json')
  const poseModel = join(dir, 'pose.json')
  const own = { ...ofMode('elsewhere'), detectorModel, poseModel }
  await writeFile(detectorModel, JSON.stringify(models.detectorEntry))
  await writeFile(poseModel, JSON.stringify({ ...models.poseEntry, sha256: null, bytes: null }))
  const located = await locateModels(own)
  t.match(located.detector, { path: models.detectorPath, sha256: models.detectorSha256, entry: models.detectorEntry }, 'the file lies beside its description')
  t.match(located.pose, { sha256: models.poseSha256, entry: { sha256: null } }, 'a hash is not required')

  const other = 'ab'.repeat(32)
  await writeFile(poseModel, JSON.stringify({ ...models.poseEntry, sha256: other }))
  await t.rejects(locateModels(own), { code: 'POSE_ERR_MODEL_BROKEN', message: new RegExp(other) })

  await writeFile(poseModel, JSON.stringify(models.detectorEntry))
  await t.rejects(locateModels(own), { code: 'POSE_ERR_MODEL_BROKEN', message: /POSE_MODEL needs a pose model/ })

  await writeFile(poseModel, JSON.stringify({ ...models.poseEntry, splitRatio: 0 }))
  await t.rejects(locateModels(own), { code: 'POSE_ERR_MODEL_BROKEN', message: /pose\.json.*splitRatio/ })

  await writeFile(poseModel, '{ "task": ')
  await t.rejects(locateModels(own), { code: 'POSE_ERR_MODEL_BROKEN', message: /POSE_MODEL: pose\.json.*JSON/ })

  await writeFile(poseModel, JSON.stringify(models.poseEntry))
  await rename(models.posePath, join(dir, 'moved.onnx'))
  await t.rejects(locateModels(own), { code: 'POSE_ERR_MODEL_MISSING', message: /pose\.json names .*test-pose\.onnx/ })
})

t.test('the hash of a file is that of its bytes, however many pieces it takes', async (t) => {
  const path = join(t.testdir(), 'file')
  await writeFile(path, Buffer.alloc(5_000_001, 'pose'))
  t.equal(await sha256File(path), createHash('sha256').update(await readFile(path)).digest('hex'))
  await writeFile(path, '')
  t.equal(await sha256File(path), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  await t.rejects(sha256File(join(path, 'none')), { code: 'ENOTDIR' })
})

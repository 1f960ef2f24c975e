import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import t from 'tap'
import { startWorker } from '../../workers/start-worker.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { writeTestModels } from '../factories/onnx-model.ts'
import { expectStage, pictureJob } from '../factories/worker-jobs.ts'
import { testSettings } from '../factories/worker-settings.ts'

t.test('what the networks were fed gives their answers again', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'record-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  const models = await writeTestModels(dir)
  const folder = join(dir, 'inputs')
  const handle = await startWorker(testSettings(models, { recordInputs: folder, confidenceThreshold: 0 }), () => {})
  const { people } = expectStage(await handle(pictureJob(await drawPicture({ figures: [0.05, 0.55] }))), 'done')
  t.equal(people.length, 2)
  t.same((await readdir(folder)).sort(), ['detector-000000.f32', 'detector-000000.json', 'pose-000000.f32', 'pose-000000.json'], 'the run that warms up is not among them')

  const { name, dims } = JSON.parse(await readFile(join(folder, 'detector-000000.json'), 'utf8')) as { name: string, dims: number[] }
  const bytes = new Uint8Array(await readFile(join(folder, 'detector-000000.f32')))
  t.same(dims, [1, 3, 416, 416])
  t.equal(bytes.length, 4 * 3 * 416 * 416)
  const session = await InferenceSession.create(models.detectorPath)
  const { dets } = await session.run({ [name]: new Tensor('float32', new Float32Array(bytes.buffer), dims) })
  const sure = Array.from({ length: dets!.dims[1]! }, (_, row) => (dets!.data as Float32Array)[row * 5 + 4]!).filter((score) => score > 0.3)
  t.ok(sure.length >= 2, 'the two figures stand in the recorded input')
  t.same(JSON.parse(await readFile(join(folder, 'pose-000000.json'), 'utf8')).dims, [2, 3, 256, 192])
})

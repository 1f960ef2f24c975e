import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { createPoseService } from '../../src/prediction/create-pose-service.ts'
import { findPose } from '../../models/find-model.ts'
import { startFileServer } from '../factories/file-server.ts'
import { createTestPose, writeTestModels } from '../factories/onnx-model.ts'
import { drawnTask } from '../factories/task.ts'

t.test('while a model is downloaded the service answers and says how far it is', async (t) => {
  const { file, title } = findPose('rtmpose-s-halpe26-256x192')!
  const network = createTestPose({ keypointSet: 'halpe-26' })
  const { origin } = await startFileServer(t, { [`/${file}`]: network }, { slow: [Math.ceil(network.length / 20), 100] })
  const dir = await mkdtemp(join(tmpdir(), 'pose-test-'))
  const { detectorEntry } = await writeTestModels(dir)
  await writeFile(join(dir, 'detector.json'), JSON.stringify(detectorEntry))
  const config = loadConfig({ MODE: 'feet-lightweight', MODEL_DIR: dir, DETECTOR_MODEL: join(dir, 'detector.json'), MODEL_MIRROR: origin, WORKERS: '1', LOG_LEVEL: 'silent' })
  const service = createPoseService(config, { info () {}, warn () {}, error () {} })
  const app = await buildApp({ config, service })
  t.teardown(async () => {
    await app.close()
    await rm(dir, { recursive: true, force: true })
  })
  const started = service.start()

  // The first request comes while nothing is known yet: it waits until bytes come in.
  const payload = { tasks: [await drawnTask(1)] }
  const refused = await app.inject({ method: 'POST', url: '/predict', payload })
  t.equal(refused.statusCode, 503)
  t.match(refused.json(), { code: 'POSE_ERR_MODEL_DOWNLOADING', message: new RegExp(`${title}: [\\d.]+ of [\\d.]+ MB, \\d+ %`) })
  t.equal(refused.statusMessage, refused.json().message, 'the reason phrase says it too')
  t.match((await app.inject('/health')).json(), { status: 'ok', model_loaded: false, model_version: null, reason: /being downloaded/, download: [{ title, total: network.length }] })
  t.equal((await app.inject('/ready')).statusCode, 503)
  t.equal((await app.inject({ method: 'POST', url: '/setup', payload: {} })).statusCode, 503)

  await started
  t.match((await app.inject('/health')).json(), { model_loaded: true, model_version: /^rtmlib-custom@/, reason: null, download: null, warnings: [/is pinned in models\.lock\.json/] })
  const answer = await app.inject({ method: 'POST', url: '/predict', payload })
  t.equal(answer.statusCode, 200)
  t.ok(answer.json().results[0].result.length > 0)
})

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { workerFile } from '../../src/worker-file.ts'
import type { WorkerMessage, WorkerSettings } from '../../workers/protocol.ts'
import { writeTestModels } from '../factories/onnx-model.ts'
import { testSettings } from '../factories/worker-settings.ts'

const entry = workerFile('index')
const startThread = (settings: WorkerSettings): Worker => new Worker(new URL('fixtures/load-entry.cjs', import.meta.url), { workerData: { ...settings, entry } })

t.test('a thread reports that it is ready, and ends when nothing holds it', async (t) => {
  const worker = startThread(testSettings(await writeTestModels(t.testdir())))
  const [message] = await once(worker, 'message') as [WorkerMessage]
  t.match(message, { type: 'worker-ready', device: { name: 'cpu' }, detector: { id: 'test-detector' }, pose: { id: 'test-pose' }, warnings: [] })
  t.same(await once(worker, 'exit'), [0])
})

t.test('a thread without its models reports that and does not die of it', async (t) => {
  const settings = testSettings(await writeTestModels(t.testdir()))
  const worker = startThread({ ...settings, pose: { ...settings.pose, path: `${settings.pose.path}.missing` } })
  worker.on('error', (error) => t.fail(String(error)))
  const [message] = await once(worker, 'message') as [WorkerMessage]
  t.match(message, { type: 'worker-broken', message: /missing/ })
  t.same(await once(worker, 'exit'), [0])
})

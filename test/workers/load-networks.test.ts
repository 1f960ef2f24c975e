import { Tensor } from 'onnxruntime-node'
import t from 'tap'
import type { Device, WorkerMessage } from '../../workers/protocol.ts'
import { createSession, type Session } from '../../workers/session/create-session.ts'
import { loadNetworks } from '../../workers/session/load-networks.ts'
import { startWorker } from '../../workers/start-worker.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { writeTestModels } from '../factories/onnx-model.ts'
import { expectStage, pictureJob } from '../factories/worker-jobs.ts'
import { testSettings } from '../factories/worker-settings.ts'

t.test('a device that cannot be had falls back to cpu with a warning', async (t) => {
  const models = await writeTestModels(t.testdir())
  for (const [device, name] of [[{ name: 'cuda', index: 3 }, 'cuda:3'], [{ name: 'mps', index: 0 }, 'mps']] as Array<[Device, string]>) {
    const messages: WorkerMessage[] = []
    const handle = await startWorker(testSettings(models, { device }), (message) => { messages.push(message) })
    t.equal(messages.length, 1)
    const [ready] = messages
    if (ready?.type !== 'worker-ready') throw new Error(JSON.stringify(messages))
    if (ready.device.name !== 'cpu') t.comment(`this machine has ${name}`)
    else t.match(ready.warnings, [new RegExp(`^The device ${name} cannot be had \\(.+\\); the networks run on cpu\\.$`)])
    t.equal(expectStage(await handle(pictureJob(await drawPicture())), 'done').people.length, 1)
  }
})

/** Opens real sessions; those asked for on cuda fail from the given run on. */
function failingOpener (failFrom: number) {
  const opened: string[] = []
  let runs = 0
  const open: typeof createSession = async (path, role, device, threads) => {
    opened.push(`${role} on ${device.name}`)
    const session = await createSession(path, role, { name: 'cpu', index: 0 }, threads)
    if (device.name === 'cpu') return session
    const failing: Session = Object.assign(Object.create(session) as Session, {
      run: async (feeds: Parameters<Session['run']>[0]) => {
        if (++runs >= failFrom) throw new Error('CUDA error 700:\n  an illegal memory access was encountered')
        return await session.run(feeds)
      }
    })
    return failing
  }
  return { open, opened }
}

t.test('a device that fails while running is left for good, and nothing is lost', async (t) => {
  const settings = testSettings(await writeTestModels(t.testdir()), { device: { name: 'cuda', index: 0 } })
  const messages: WorkerMessage[] = []
  // Two runs to warm up, one detection; the first pose fails.
  const { open, opened } = failingOpener(4)
  const handle = await startWorker(settings, (message) => { messages.push(message) }, open)
  t.match(messages, [{ type: 'worker-ready', device: { name: 'cuda' }, warnings: [] }])
  const picture = await drawPicture({ figures: [0.1, 0.6] })
  const { people } = expectStage(await handle(pictureJob(picture)), 'done')
  t.equal(people.length, 2, 'the picture at hand is finished on cpu')
  t.match(messages[1], { type: 'worker-warning', device: { name: 'cpu' }, warning: /^The device cuda:0 failed while running \(CUDA error 700: an illegal.*cpu from now on\.$/ })
  expectStage(await handle(pictureJob(picture)), 'done')
  t.equal(messages.length, 2, 'said once')
  t.same(opened, ['detector on cuda', 'pose on cuda', 'detector on cpu', 'pose on cpu'])
})

t.test('a failure on cpu is the failure of that picture', async (t) => {
  const models = await writeTestModels(t.testdir())
  const settings = testSettings(models)
  const { networks } = await loadNetworks({ settings, onLeaveDevice: () => t.fail('there is nowhere to go') })
  await t.rejects(networks.run('pose', { input: new Tensor('float32', new Float32Array(3), [1, 3, 1, 1]) }))

  let failing = false
  const open: typeof createSession = async (path, role, device, threads) => {
    const session = await createSession(path, role, device, threads)
    return Object.assign(Object.create(session) as Session, {
      run: async (feeds: Parameters<Session['run']>[0]) => {
        if (failing) throw new Error('out of memory')
        return await session.run(feeds)
      }
    })
  }
  const handle = await startWorker(settings, () => {}, open)
  failing = true
  t.match(await handle(pictureJob(await drawPicture())), { ok: false, code: 'INFERENCE_FAILED', message: 'out of memory' })
  failing = false
  t.equal(expectStage(await handle(pictureJob(await drawPicture())), 'done').people.length, 1, 'the next one is served')
})

import { readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createPoseEngine } from '../../src/inference/create-pose-engine.ts'
import type { WorkerSettings } from '../../workers/protocol.ts'
import { tidyMappedCopies } from '../../workers/session/mapped-copy.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { writeTestModels } from '../factories/onnx-model.ts'
import { testSettings } from '../factories/worker-settings.ts'

const { signal } = new AbortController()
const options = { boxSource: { kind: 'detector' }, priority: 'batch', signal } as const

function createLog () {
  const messages: string[] = []
  const write = (_fields: object, message: string) => { messages.push(message) }
  return { messages, log: { info: write, warn: write, error: write } }
}

async function createSettings (t: Test): Promise<WorkerSettings & { mapped: { dir: string } }> {
  const base = t.testdir()
  const mapped = { dir: join(base, 'mapped'), leastBytes: 0 }
  return { ...testSettings(await writeTestModels(base), { mapped }), mapped }
}

t.test('the first start answers from the first worker and writes copies, from which the others and later starts load', async (t) => {
  const settings = await createSettings(t)
  const picture = await drawPicture({ figures: [0.1, 0.6] })
  const first = createLog()
  const engine = createPoseEngine(settings, { workers: 3, log: first.log })
  await engine.start()
  t.match(engine.status(), { state: 'ready', workers: { wanted: 3, ready: 1 }, warnings: [] }, 'ready before the copies are')
  const early = await engine.estimate(picture, options)
  while (engine.status().workers.ready < 3) await sleep(20)
  t.match(first.messages, ['models are loaded', 'mapped copies of the networks are written'])
  const late = await Promise.all(Array.from({ length: 6 }, () => engine.estimate(picture, options)))
  for (const { people } of late) t.same(people, early.people)
  await engine.close()
  const copies = await readdir(settings.mapped.dir)
  t.equal(copies.length, 2)

  const times = () => Promise.all(copies.map(async (name) => (await stat(join(settings.mapped.dir, name, 'weights.bin'))).mtimeMs))
  const written = await times()
  const second = createLog()
  const again = createPoseEngine(settings, { workers: 2, log: second.log })
  await again.start()
  t.match(again.status(), { state: 'ready', workers: { ready: 2 } })
  t.same((await again.estimate(picture, options)).people, early.people)
  await again.close()
  t.match(second.messages, ['models are loaded'])
  t.same(await times(), written)
})

t.test('copies that are mapped are kept, for however long nobody sends a picture', async (t) => {
  const settings = await createSettings(t)
  const { dir } = settings.mapped
  const { messages, log } = createLog()
  const engine = createPoseEngine(settings, { workers: 2, log, noteUseMs: 50 })
  await engine.start()
  while (engine.status().workers.ready < 2) await sleep(20)
  const copies = await readdir(dir)
  const long = new Date(Date.now() - 31 * 86_400_000)
  const makeOld = () => Promise.all(copies.map((name) => utimes(join(dir, name, 'facts.json'), long, long)))
  const areOld = async () => (await Promise.all(copies.map((name) => stat(join(dir, name, 'facts.json'))))).map(({ mtimeMs }) => Date.now() - mtimeMs > 30 * 86_400_000)
  await makeOld()
  while ((await areOld()).includes(true)) await sleep(20)
  await tidyMappedCopies(dir)
  t.same(await readdir(dir), copies)

  await engine.close()
  await makeOld()
  await sleep(200)
  t.same(await areOld(), [true, true], 'a process that has ended uses nothing')

  const next = createPoseEngine(settings, { workers: 1, log, noteUseMs: 20 })
  await next.start()
  await rm(dir, { recursive: true })
  await sleep(200)
  t.equal((await next.estimate(await drawPicture(), options)).people.length, 1, 'where nothing can be noted all else goes on')
  await next.close()
  t.same(messages.filter((message) => /thread|broken/.test(message)), [])
})

t.test('where no copies can be written, each worker loads its own', async (t) => {
  const settings = await createSettings(t)
  await writeFile(settings.mapped.dir, 'no folder')
  const { messages, log } = createLog()
  const engine = createPoseEngine(settings, { workers: 2, log })
  await engine.start()
  while (engine.status().workers.ready < 2) await sleep(20)
  t.match(messages, ['models are loaded', /^no mapped copies of the networks could be written/])
  t.equal((await engine.estimate(await drawPicture(), options)).people.length, 1)
  await engine.close()
})

t.test('closing while copies are written ends the writer and says nothing of it', async (t) => {
  const settings = await createSettings(t)
  const { messages, log } = createLog()
  const engine = createPoseEngine(settings, { workers: 2, log })
  await engine.start()
  await engine.close()
  await sleep(200)
  t.same(messages, ['models are loaded'])
  t.same((await readdir(settings.mapped.dir).catch(() => [])).filter((name) => !name.startsWith('.writing-')), [], 'it had no time to finish')
})

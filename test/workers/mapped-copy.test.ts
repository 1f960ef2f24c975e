import { cp, mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { ModelFile, WorkerMessage, WorkerReady, WorkerSettings } from '../../workers/protocol.ts'
import { describeMappedCopy, findMappedCopy, mappedCopyFolder, noteMappedCopyUse, tidyMappedCopies } from '../../workers/session/mapped-copy.ts'
import { createMappedNetworks } from '../../workers/session/mapped-networks.ts'
import { processorName } from '../../workers/session/processor-name.ts'
import { writeMappedCopy } from '../../workers/session/write-mapped-copy.ts'
import { startWorker } from '../../workers/start-worker.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { writeTestModels } from '../factories/onnx-model.ts'
import { expectStage, pictureJob } from '../factories/worker-jobs.ts'
import { testSettings } from '../factories/worker-settings.ts'

const cpu = { name: 'cpu', index: 0 } as const

/** A worker with the test models, whose copies lie in `mapped`. */
async function createSettings (t: Test): Promise<{ settings: WorkerSettings, dir: string, pose: ModelFile }> {
  const base = t.testdir()
  const dir = join(base, 'mapped')
  const settings = testSettings(await writeTestModels(base), { mapped: { dir, leastBytes: 0 } })
  return { settings, dir, pose: { role: 'pose', path: settings.pose.path, sha256: settings.pose.sha256 } }
}

async function start (settings: WorkerSettings) {
  const messages: WorkerMessage[] = []
  const handle = await startWorker(settings, (message) => { messages.push(message) })
  t.match(messages, [{ type: 'worker-ready' }])
  return { handle, ready: messages[0] as WorkerReady }
}

t.test('a worker says what it has no copy of, moves to copies on demand, and gives the same answers', async (t) => {
  const { settings, dir } = await createSettings(t)
  const { handle, ready } = await start(settings)
  t.same(ready.unmapped?.map(({ role }) => role), ['detector', 'pose'])
  const picture = await drawPicture({ figures: [0.1, 0.6] })
  const plain = expectStage(await handle(pictureJob(picture)), 'done')
  t.equal(plain.people.length, 2)

  t.equal(expectStage(await handle({ kind: 'remap' }), 'remapped').networks, 0, 'nothing is there yet')
  for (const model of ready.unmapped!) await writeMappedCopy(dir, model, 1)
  // Both may be asked for at once: the pictures before and after are not disturbed.
  const [before, remapped, after] = await Promise.all([handle(pictureJob(picture)), handle({ kind: 'remap' }), handle(pictureJob(picture))])
  t.equal(expectStage(remapped, 'remapped').networks, 2)
  for (const outcome of [before, after]) t.same(expectStage(outcome, 'done').people, plain.people)
  t.equal(expectStage(await handle({ kind: 'remap' }), 'remapped').networks, 0)

  const next = await start(settings)
  t.same(next.ready.unmapped, [])
  t.same(expectStage(await next.handle(pictureJob(picture)), 'done').people, plain.people)
})

t.test('small models, other devices and a switch that is off want no copies', async (t) => {
  const { settings, dir } = await createSettings(t)
  const { size } = await stat(settings.pose.path)
  t.ok(await createMappedNetworks({ dir, leastBytes: size }).wants(settings.pose.path, cpu))
  t.notOk(await createMappedNetworks({ dir, leastBytes: size + 1 }).wants(settings.pose.path, cpu))
  t.notOk(await createMappedNetworks({ dir, leastBytes: 0 }).wants(settings.pose.path, { name: 'cuda', index: 0 }))
  t.notOk(await createMappedNetworks(undefined).wants(settings.pose.path, cpu))
  const { mapped, ...off } = settings
  t.same((await start(off)).ready.unmapped, [])
})

t.test('a copy is found only for its model', async (t) => {
  const { settings, dir, pose } = await createSettings(t)
  await writeMappedCopy(dir, pose, 1)
  t.equal(await findMappedCopy(dir, pose.sha256), await mappedCopyFolder(dir, pose.sha256))
  t.equal(await findMappedCopy(dir, settings.detector.sha256), null)
  // The start of a hash is the name; the whole of it stands inside.
  t.equal(await findMappedCopy(dir, pose.sha256.slice(0, 60) + '0000'), null)
})

t.test('what has changed since it was written is dropped and loaded plainly', async (t) => {
  const { settings, dir, pose } = await createSettings(t)
  const folder = await mappedCopyFolder(dir, pose.sha256)
  const weights = join(folder, 'weights.bin')
  const graph = join(folder, 'model.onnx')
  const damages: Record<string, () => Promise<void>> = {
    'weights cut short': async () => { await writeFile(weights, (await readFile(weights)).subarray(0, 1000)) },
    'one byte of the weights': async () => {
      const bytes = await readFile(weights)
      bytes[bytes.length >> 1]! ^= 1
      await writeFile(weights, bytes)
    },
    'no weights': async () => { await rm(weights) },
    'no facts': async () => { await rm(join(folder, 'facts.json')) },
    'no facts to read': async () => { await writeFile(join(folder, 'facts.json'), '{') },
    'a graph that the runtime refuses': async () => {
      await writeFile(graph, 'no graph')
      await describeMappedCopy(folder, pose.sha256)
    }
  }
  for (const [name, damage] of Object.entries(damages)) {
    await writeMappedCopy(dir, pose, 1)
    await damage()
    t.equal(await createMappedNetworks(settings.mapped).open(pose.sha256, 'pose', 1), null, name)
    await writeMappedCopy(dir, pose, 1)
    t.ok(await findMappedCopy(dir, pose.sha256), `${name}: written anew`)
  }
  await writeFile(weights, '')
  t.same((await start(settings)).ready.unmapped?.length, 2)
  t.same(await readdir(dir), [])
})

t.test('a copy of the files with other times is read once and then believed', async (t) => {
  const { dir, pose } = await createSettings(t)
  await writeMappedCopy(dir, pose, 1)
  const folder = await mappedCopyFolder(dir, pose.sha256)
  await cp(folder, join(dir, 'restored'), { recursive: true })
  await rm(folder, { recursive: true })
  await rename(join(dir, 'restored'), folder)
  const facts = await readFile(join(folder, 'facts.json'), 'utf8')
  t.equal(await findMappedCopy(dir, pose.sha256), folder)
  const renewed = await readFile(join(folder, 'facts.json'), 'utf8')
  t.not(renewed, facts)
  t.equal(await findMappedCopy(dir, pose.sha256), folder)
  t.equal(await readFile(join(folder, 'facts.json'), 'utf8'), renewed)
  t.same((await readdir(folder)).sort(), ['facts.json', 'model.onnx', 'weights.bin'])
})

t.test('several may write at the same time; nothing unfinished stays', async (t) => {
  const { dir, pose } = await createSettings(t)
  await Promise.all([1, 2, 3].map(() => writeMappedCopy(dir, pose, 1)))
  t.equal((await readdir(dir)).length, 1)
  t.ok(await findMappedCopy(dir, pose.sha256))
  const { mtimeMs } = await stat(join(await mappedCopyFolder(dir, pose.sha256), 'weights.bin'))
  await writeMappedCopy(dir, pose, 1)
  t.equal((await stat(join(await mappedCopyFolder(dir, pose.sha256), 'weights.bin'))).mtimeMs, mtimeMs, 'one that is there is left alone')
})

t.test('a model that cannot be loaded and a folder that cannot be made are said, and leave nothing', async (t) => {
  const { settings, dir, pose } = await createSettings(t)
  await writeFile(pose.path, 'no network')
  await t.rejects(writeMappedCopy(dir, pose, 1))
  t.same(await readdir(dir), [])
  await t.rejects(writeMappedCopy(join(pose.path, 'mapped'), { role: 'detector', path: settings.detector.path, sha256: settings.detector.sha256 }, 1), { code: 'ENOTDIR' })
})

t.test('left-overs go after an hour, unused copies after a month, and nothing else', async (t) => {
  const { dir, pose } = await createSettings(t)
  await writeMappedCopy(dir, pose, 1)
  const old = '0123456789abcdef-0123456789abcdef'
  const recent = 'fedcba9876543210-0123456789abcdef'
  const names = ['.writing-crashed', '.writing-now', old, recent, 'own notes']
  for (const name of names) {
    await mkdir(join(dir, name))
    await writeFile(join(dir, name, 'facts.json'), '{}')
  }
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000)
  await utimes(join(dir, old, 'facts.json'), daysAgo(31), daysAgo(31))
  await utimes(join(dir, recent, 'facts.json'), daysAgo(29), daysAgo(29))
  await utimes(join(dir, '.writing-crashed'), daysAgo(1), daysAgo(1))
  await utimes(join(dir, 'own notes', 'facts.json'), daysAgo(99), daysAgo(99))
  const own = await mappedCopyFolder(dir, pose.sha256)
  await utimes(join(own, 'facts.json'), daysAgo(31), daysAgo(31))
  t.ok(await findMappedCopy(dir, pose.sha256), 'its use is noted')
  await tidyMappedCopies(dir)
  t.same((await readdir(dir)).sort(), ['.writing-now', recent, 'own notes', own.slice(dir.length + 1)].sort())
})

t.test('a copy that may not be touched serves all the same', { skip: process.geteuid?.() === 0 ? false : 'the files must be of somebody else' }, async (t) => {
  const { dir, pose } = await createSettings(t)
  await writeMappedCopy(dir, pose, 1)
  const facts = join(await mappedCopyFolder(dir, pose.sha256), 'facts.json')
  const old = new Date(Date.now() - 2 * 86_400_000)
  await utimes(facts, old, old)
  const { mtimeMs } = await stat(facts)
  process.seteuid!(65534)
  try {
    await t.rejects(utimes(facts, new Date(), new Date()), { code: 'EPERM' })
    await noteMappedCopyUse(dir, pose.sha256)
    t.ok(await findMappedCopy(dir, pose.sha256))
  } finally {
    process.seteuid!(0)
  }
  t.equal((await stat(facts)).mtimeMs, mtimeMs)
})

t.test('a processor is told by what decides about its code', async (t) => {
  const name = await processorName()
  t.equal(await processorName(), name)
  t.match(name, new RegExp(`^${process.platform} ${process.arch} `))
  if (process.platform === 'linux') t.match(name, /^(flags|Features)\s*:/m)
  t.notMatch(name, /MHz|bogomips|processor\s*:/i, 'nothing that changes from core to core')
})

t.test('with an idle core a mapped detector runs on two, and finds the same', async (t) => {
  const { settings, dir } = await createSettings(t)
  const model: ModelFile = { role: 'detector', path: settings.detector.path, sha256: settings.detector.sha256 }
  const picture = await drawPicture({ figures: [0.1, 0.6] })
  const { handle } = await start(settings)
  const alone = expectStage(await handle(pictureJob(picture, { hasIdleCore: true })), 'done')
  await writeMappedCopy(dir, model, 1)
  t.equal(expectStage(await handle({ kind: 'remap' }), 'remapped').networks, 1)
  // libvips' own threads come and go.
  const threads = async () => {
    const names = process.platform === 'linux' ? await Promise.all((await readdir('/proc/self/task')).map((task) => readFile(`/proc/self/task/${task}/comm`, 'utf8').catch(() => ''))) : []
    return names.filter((name) => name !== '' && !name.startsWith('libvips')).length
  }
  const before = await threads()
  for (let i = 0; i < 3; i++) t.same(expectStage(await handle(pictureJob(picture, { hasIdleCore: true })), 'done').people, alone.people)
  if (process.platform === 'linux') t.equal(await threads() - before, 1, 'one thread more, once')
})

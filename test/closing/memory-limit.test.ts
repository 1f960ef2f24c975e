/** The built service under a limit of memory that the kernel enforces. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import { buildProgram } from '../factories/build-program.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { startFileServer } from '../factories/file-server.ts'
import { createMemoryGroup, type MemoryGroup } from '../factories/memory-group.ts'
import { writeTestModels } from '../factories/onnx-model.ts'
import { toDataUri } from '../factories/task.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const impossible = await probe()
await buildProgram()

async function probe (): Promise<string | false> {
  const undo: Array<() => unknown> = []
  const group = createMemoryGroup({ teardown: (work: () => unknown) => { undo.push(work) } } as Pick<Test, 'teardown'>, 1)
  for (const work of undo) await work()
  return typeof group === 'string' ? group : false
}

function start (t: Test, group: MemoryGroup, env: Record<string, string>) {
  const [program, ...args] = [...group.command, process.execPath, 'dist/src/server.js'] as const
  const child = spawn(program, args, { cwd: root, env: { PATH: process.env['PATH'], HOME: env['HOME'] ?? t.testdir({}), PORT: '0', MODEL_DOWNLOAD: 'never', UV_THREADPOOL_SIZE: '16', MALLOC_ARENA_MAX: '2', ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { log += chunk.toString() })
  const ended = once(child, 'close').then(() => child.exitCode)
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return { log: () => log, ended, child }
}

/** @returns its address */
async function listening (log: () => string): Promise<string> {
  for (let tries = 0; tries < 600; tries++) {
    const url = /Listening on (http:\S+),/.exec(log())?.[1]
    if (url !== undefined) return url
    await sleep(100)
  }
  throw new Error(`it did not start: ${log()}`)
}

t.test('what cannot fit is refused, with the way out', { skip: impossible }, async (t) => {
  const group = createMemoryGroup(t, 400) as MemoryGroup
  const { ended, log } = start(t, group, { MODE: 'balanced' })
  t.equal(await ended, 78)
  t.match(log(), /^MODE=balanced takes about \d\.\d GiB with one worker, and the container has 0\.4 GiB: give it more memory or choose a smaller MODE\.\n$/)
})

t.test('what was derived holds: the largest pictures and bodies at once', { skip: impossible, timeout: 280_000 }, async (t) => {
  const group = createMemoryGroup(t, 1024) as MemoryGroup
  const { ended, log, child } = start(t, group, { MODE: 'starter' })
  const url = await listening(log)
  const [, bodyMB = '', megapixels = ''] = /"Memory of the container: 1\.0 GiB; .* bodies to (\d+) MB, answers to \d+ MB, pictures to (\d+) megapixels/.exec(log()) ?? []
  t.ok(Number(megapixels) >= 25 && Number(bodyMB) >= 18, log().split('\n')[0]!)

  const ask = async (tasks: object[]) => await (await fetch(`${url}/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ tasks }) })).json() as { results: Array<{ result?: unknown, code?: string }> }
  const width = Math.floor(Math.sqrt(Number(megapixels) * 1e6))
  const pictures = await Promise.all(['#888', '#777', '#666', '#555'].map(async (background) => toDataUri(await sharp({ create: { width, height: width, channels: 3, background } }).jpeg().toBuffer())))
  // Nearly two of the largest bodies, as the budget allows, while pictures of the largest size are in all workers.
  const long = 'x'.repeat((Number(bodyMB) - 4) * 1e6 / 100)
  const filler = Array.from({ length: 100 }, () => ({ data: { image: 'ftp://nowhere.example/a.jpg' }, long }))
  const answers = await Promise.all([
    ask(pictures.map((image) => ({ data: { image } }))),
    ask(filler),
    ask(filler)
  ])
  t.ok(answers[0].results.every(({ result }) => Array.isArray(result)), 'pictures are estimated')
  t.ok(answers.slice(1).every(({ results }) => results.length === 100))
  t.equal((await ask([{ data: { image: pictures[0]! } }])).results.length, 1)
  t.equal(group.oomKills(), 0, `at most ${group.peakMiB().toFixed(0)} MiB, page cache included`)
  child.kill('SIGTERM')
  t.equal(await ended, 0)
})

t.test('small requests that make large answers, all at once', { skip: impossible, timeout: 280_000 }, async (t) => {
  const dir = t.testdir({})
  const { detectorEntry, poseEntry } = await writeTestModels(dir)
  for (const [name, entry] of Object.entries({ detector: detectorEntry, pose: poseEntry })) await writeFile(join(dir, `${name}.json`), JSON.stringify(entry))
  const picture = await drawPicture({ figures: [0.05, 0.35, 0.65], format: 'jpeg' })
  // What follows the picture in its file is read with it, and makes another picture of it.
  const files = await startFileServer(t, { '/people.jpg': picture, ...Object.fromEntries(Array.from({ length: 24 }, (_, i) => [`/${i}.jpg`, Buffer.concat([picture, Buffer.alloc(Math.floor(9.9 * 2 ** 20) - picture.length, i)])])) })
  const group = createMemoryGroup(t, 1024) as MemoryGroup
  const { ended, log, child } = start(t, group, { HOME: dir, IMAGE_ORIGINS: files.origin, DETECTOR_MODEL: join(dir, 'detector.json'), POSE_MODEL: join(dir, 'pose.json'), REQUEST_BUDGET_S: '200' })
  const url = await listening(log)
  const answerMB = Number(/answers to (\d+) MB/.exec(log())?.[1])
  // One picture, estimated once: 45 people in each task, which are nearly 2 MB.
  const image = `${files.origin}/people.jpg`
  const labelConfig = labelConfigPreset('wholebody133').replace('value="$image"', 'valueList="$pages"')
  const body = JSON.stringify({ tasks: Array.from({ length: 100 }, () => ({ data: { pages: Array.from({ length: 15 }, () => image) } })), label_config: labelConfig })
  t.comment(`${(body.length / 1e6).toFixed(1)} MB ask, answers to ${answerMB} MB`)

  const post = async (body: string) => await fetch(`${url}/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const largeFiles = Array.from({ length: 6 }, async (_, request) => {
    const tasks = Array.from({ length: 4 }, (_, i) => ({ data: { image: `${files.origin}/${4 * request + i}.jpg` } }))
    return await (await post(JSON.stringify({ tasks: request % 2 === 0 ? tasks : tasks.slice(0, 1) }))).json() as { results: Array<{ result?: unknown[], code?: string }> }
  })
  const answers = await Promise.all(Array.from({ length: 8 }, async () => {
    const answer = await post(body)
    const text = await answer.text()
    return { status: answer.status, length: text.length, results: (JSON.parse(text) as { results: Array<{ result?: unknown[], code?: string }> }).results.map(({ result, code }) => ({ code, regions: result?.length })) }
  }))
  for (const { status, results, length } of answers) {
    t.equal(status, 200)
    t.equal(results.length, 100)
    t.ok(results.some(({ regions }) => regions !== undefined && regions > 45 * 100), 'something is done')
    t.ok(results.every(({ regions, code }) => regions !== undefined || code === 'POSE_ERR_NEXT_CALL'))
    t.ok(length < (answerMB + 4) * 1e6 * 1.05, `${(length / 1e6).toFixed(1)} MB`)
  }
  for (const { results } of await Promise.all(largeFiles)) t.ok(results.every(({ result, code }) => Array.isArray(result) || code === 'POSE_ERR_NEXT_CALL'), JSON.stringify(results).slice(0, 200))
  t.equal(group.oomKills(), 0, `at most ${group.peakMiB().toFixed(0)} MiB, page cache included`)
  child.kill('SIGTERM')
  t.equal(await ended, 0)
})

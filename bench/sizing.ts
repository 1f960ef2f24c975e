/**
 * The figures of src/sizing/measured-modes.ts, on the built program and the architecture-true models of the shared tools:
 *   npm run build && npx tsx bench/sizing.ts cost [--modes lightweight,balanced] [--turns 12]     processor time of a picture and of a person
 *   npm run build && npx tsx bench/sizing.ts memory [--modes ...]                                  memory with one worker, with two, and of the first start
 *   npm run build && npx tsx bench/sizing.ts buffers                                               memory of a large picture, of a large body and of a large answer (alone: answer)
 * One JSON line per figure. Networks with random weights cost what the real ones cost; they find one person, or four, on every picture.
 * BENCH_PYTHON names a Python with numpy and onnx, SHARED_DIR the shared test data. Everything stays on 127.0.0.1 and ends by itself.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import type { Mode } from '../models/modes.ts'
import { labelConfigPreset } from '../src/label-studio/label-config-preset.ts'
import { sharedDir } from '../test/factories/shared-dir.ts'
import { memoryMiB, processorMs, watchMemory } from './process-use.ts'
import { serveFolder } from './serve-folder.ts'
import { findSpeedModels } from './speed-models.ts'
import { startService, type RunningService } from './start-service.ts'

const measurable = ['starter', 'lightweight', 'balanced', 'performance', 'body-performance'] as const satisfies readonly Mode[]
type Measurable = typeof measurable[number]
/** On the pictures of the architecture-true models. */
const peopleCounts = [1, 4] as const

const { values, positionals: [scenario = 'cost'] } = parseArgs({ allowPositionals: true, options: { modes: { type: 'string', default: measurable.join(',') }, turns: { type: 'string', default: '12' } } })
const chosen = measurable.filter((mode) => values.modes.split(',').includes(mode))
const shared = sharedDir()
if (shared === null) throw new Error('needs the shared test data: set SHARED_DIR')
const python = process.env['BENCH_PYTHON'] ?? 'python3'
const photos = await serveFolder(join(shared, 'testdata/images/photos'))
const labelConfig = labelConfigPreset('wholebody133')
const work = mkdtempSync(join(tmpdir(), 'rtmpose-sizing-'))
const running: RunningService[] = []
let asked = 0

try {
  if (scenario === 'cost') await measureCost()
  else if (scenario === 'memory') for (const mode of chosen) await measureMemory(mode)
  else if (scenario === 'buffers') await measureBuffers()
  else if (scenario === 'answer') await measureAnswer()
  else throw new Error(`no scenario ${scenario}`)
} finally {
  await Promise.all(running.map((service) => service.stop()))
  photos.close()
  rmSync(work, { recursive: true, force: true })
}

/** Every picture goes through all modes before the next one: busy neighbours meet all alike. */
async function measureCost (): Promise<void> {
  const rows: Array<{ mode: Measurable, service: RunningService, samples: Array<{ people: number, ms: number }> }> = []
  for (const mode of chosen) {
    // The starter models find who is there.
    for (const people of mode === 'starter' ? [null] : peopleCounts) rows.push({ mode, service: await start(mode, people ?? 1, { WORKERS: '1' }), samples: [] })
  }
  for (let turn = -2; turn < Number(values.turns); turn++) {
    for (const { service, samples, mode } of rows) {
      // Small networks need more pictures for the same certainty.
      for (let again = 0; again < (mode === 'starter' ? 8 : 1); again++) {
        const before = processorMs(service.pid)
        const people = await predict(service, nextPhoto())
        if (turn >= 0) samples.push({ people, ms: processorMs(service.pid) - before })
      }
    }
  }
  for (const mode of chosen) {
    const samples = rows.filter((row) => row.mode === mode).flatMap((row) => row.samples)
    const { picture, person } = fitLine(samples)
    print({ mode, pictureMs: round(picture), personMs: round(person), samples: samples.length })
  }
}

/**
 * A line through the lower quartile of each number of people, weighted by its pictures: what busy neighbours do to caches and clocks only
 * ever adds to a time.
 */
function fitLine (samples: ReadonlyArray<{ people: number, ms: number }>): { picture: number, person: number } {
  const points = [...new Set(samples.map(({ people }) => people))].map((people) => {
    const times = samples.filter((sample) => sample.people === people).map(({ ms }) => ms).sort((a, b) => a - b)
    return { people, ms: times[times.length >> 2]!, weight: times.length }
  })
  const mean = (key: 'people' | 'ms') => points.reduce((sum, point) => sum + point[key] * point.weight, 0) / samples.length
  const [people, ms] = [mean('people'), mean('ms')]
  const person = points.reduce((sum, point) => sum + (point.people - people) * (point.ms - ms) * point.weight, 0) / points.reduce((sum, point) => sum + (point.people - people) ** 2 * point.weight, 0)
  return { picture: ms - person * people, person }
}

async function measureMemory (mode: Measurable): Promise<void> {
  // A worker alone writes no copies: it keeps the networks to itself. Two find none at the first start, and all find them later.
  for (const [workers, folder] of [[1, 'alone'], [2, 'shared'], [2, 'shared'], [1, 'shared']] as const) {
    const modelDir = join(work, mode, folder)
    const isFirst = !hasCopies(modelDir)
    const service = await start(mode, 4, { WORKERS: String(workers), MODEL_DIR: modelDir }, 'listening')
    const watch = watchMemory(service.pid)
    await untilAllReady(service)
    // Heaps grow for some hundred pictures; small networks get there soon.
    for (let round = 0; round < (mode === 'starter' ? 60 : 2); round++) await Promise.all(Array.from({ length: workers * 2 }, () => predict(service, nextPhoto())))
    const peak = await watch.stop()
    print({ mode, workers, copies: isFirst ? 'none yet' : 'there', ...memoryMiB(service.pid), peakAnonymous: round(peak.anonymous), peakResident: round(peak.resident) })
    await stop(service)
  }
}

async function measureBuffers (): Promise<void> {
  const service = await start('starter', 1, { WORKERS: '1', MAX_MEGAPIXELS: '200' })
  await predict(service, nextPhoto())
  for (const [format, side] of [['jpeg', 10_000], ['png', 10_000]] as const) {
    const picture = await sharp({ create: { width: side, height: side, channels: 3, background: '#808080' } })[format]().toBuffer()
    const before = memoryMiB(service.pid).anonymous
    const watch = watchMemory(service.pid)
    await Promise.all([1, 2].map((n) => predict(service, `data:image/${format};base64,${Buffer.concat([picture, Buffer.from([n])]).toString('base64')}`)))
    print({ format, megapixels: side * side / 1e6, atOnce: 2, growthMiB: round((await watch.stop()).anonymous - before) })
  }
  await stop(service)
  for (const [name, task] of [['many regions', manyRegions()], ['data: addresses', { data: { image: `data:image/jpeg;base64,${'A'.repeat(100_000)}` } }]] as const) {
    const fresh = await start('starter', 1, { WORKERS: '1' })
    await predict(fresh, nextPhoto())
    const before = memoryMiB(fresh.pid).anonymous
    const watch = watchMemory(fresh.pid)
    const body = JSON.stringify({ tasks: Array.from({ length: 1000 }, (_, id) => ({ id, ...task })), label_config: labelConfig })
    await (await fetch(`${fresh.url}/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).arrayBuffer()
    print({ body: name, megabytes: round(body.length / 1e6), growthMiB: round((await watch.stop()).anonymous - before) })
    await stop(fresh)
  }
  await measureAnswer()
}

/** One picture in many tasks, estimated once: a small body, and an answer of nearly 200 MB that its client takes slowly. */
async function measureAnswer (): Promise<void> {
  const service = await start('starter', 1, { WORKERS: '1', CACHE_MB: '8', MAX_ANSWER_MB: '200' })
  const [image, people] = await findCrowd(service)
  const before = memoryMiB(service.pid).anonymous
  const watch = watchMemory(service.pid)
  const tasks = Array.from({ length: 5000 }, (_, id) => ({ id, data: { image } }))
  const answer = await fetch(`${service.url}/predict`, { method: 'POST', headers: { 'content-type': 'application/json', 'accept-encoding': 'identity' }, body: JSON.stringify({ tasks, label_config: labelConfig }) })
  let bytes = 0
  for await (const chunk of answer.body!) bytes += chunk.length
  print({ answerMegabytes: round(bytes / 2 ** 20), people, growthMiB: round((await watch.stop()).anonymous - before) })
  await stop(service)
}

/** Of ten photos the one with the most people. */
async function findCrowd (service: RunningService): Promise<[address: string, people: number]> {
  let most: [string, number] = ['', 0]
  for (let tries = 0; tries < 10; tries++) {
    const image = nextPhoto()
    const people = await predict(service, image)
    if (people > most[1]) most = [image, people]
  }
  return most
}

/** A task that Label Studio sends again, with what is there already. */
function manyRegions (): object {
  const region = { id: 'x', from_name: 'body', to_name: 'image', type: 'keypointlabels', value: { x: 50.123, y: 50.123, width: 0.3, keypointlabels: ['nose'] }, score: 0.5, original_width: 640, original_height: 480 }
  return { data: { image: 'ftp://nowhere.example/a.jpg' }, predictions: [{ result: Array.from({ length: 500 }, () => region) }] }
}

async function start (mode: Measurable, people: number, env: Record<string, string>, until: 'listening' | 'ready' = 'ready'): Promise<RunningService> {
  const networks = mode === 'starter' ? { MODE: 'starter' } : await findSpeedModels(mode, { people, shared: shared!, python })
  // The detector's boxes have a score of 0.9; the random points are all kept by the pose network's own threshold.
  const service = await startService({ ...networks, MODEL_DOWNLOAD: 'never', CACHE_MB: '0', REQUEST_BUDGET_S: '600', IMAGE_ORIGINS: photos.origin, UV_THREADPOOL_SIZE: '16', MALLOC_ARENA_MAX: '2', MODEL_DIR: join(work, mode), ...env }, until, 600_000)
  running.push(service)
  return service
}

async function stop (service: RunningService): Promise<void> {
  running.splice(running.indexOf(service), 1)
  await service.stop()
}

/** It takes pictures from its first worker on; the others wait until the copies are written. */
async function untilAllReady (service: RunningService): Promise<void> {
  for (;;) {
    const { workers } = await (await fetch(`${service.url}/health`)).json() as { workers: { wanted: number, ready: number } }
    if (workers.ready === workers.wanted) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function hasCopies (modelDir: string): boolean {
  try {
    return readdirSync(join(modelDir, 'mapped'), { withFileTypes: true }).some((entry) => entry.isDirectory())
  } catch {
    return false
  }
}

/** Each address once, so that neither cache nor sharing helps. */
function nextPhoto (): string {
  return `${photos.addresses[asked % photos.addresses.length]!}?n=${asked++}`
}

/** @returns people found */
async function predict (service: RunningService, image: string): Promise<number> {
  const answer = await fetch(`${service.url}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ tasks: [{ id: 1, data: { image } }], label_config: labelConfig })
  })
  const { results } = await answer.json() as { results: Array<{ error?: string, result: Array<{ type: string }> }> }
  if (results[0]?.error !== undefined) throw new Error(results[0].error)
  return results[0]!.result.filter(({ type }) => type === 'rectanglelabels').length
}

function round (figure: number): number {
  return Number(figure.toFixed(figure < 100 ? 1 : 0))
}

function print (figures: object): void {
  console.log(JSON.stringify(figures))
}

/**
 * Pictures per second with 1 and with 2 worker threads, in turns, so that busy neighbours meet both.
 *   npx tsx bench/workers.ts [rounds] [seconds per round]
 * One worker decodes the next picture on a second core, so two workers on two cores reach less than twice its speed:
 * at most 2 x (1000 / processor ms per picture) / (pictures per second of one worker).
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { createPoseEngine } from '../src/inference/create-pose-engine.ts'
import type { PoseEngine } from '../src/inference/pose-engine.ts'
import { locateModels } from '../src/model-store/locate-models.ts'
import { sharedDir } from '../test/factories/shared-dir.ts'
import { standardSettings } from '../test/factories/worker-settings.ts'

const silent = { info () {}, warn () {}, error (fields: object, message: string) { console.error(message, fields) } }
const { signal } = new AbortController()

async function createEngine (testdata: string, workers: number): Promise<PoseEngine> {
  const models = await locateModels({
    mode: 'lightweight',
    modelDir: '',
    detectorModel: join(testdata, 'models/detectors/yolox_nano_8xb8-300e_humanart-40f6f0d0.onnx'),
    poseModel: join(testdata, 'models/pose/body17_as_wholebody133_simcc_256x192.onnx')
  })
  const engine = createPoseEngine({
    ...models,
    ...standardSettings
  }, { workers, queueSize: 1000, log: silent })
  await engine.start()
  const { state, reason } = engine.status()
  if (state !== 'ready') throw new Error(`the engine is ${state}: ${reason}`)
  return engine
}

interface Speed { perSecond: number, processorMs: number }

/** Keeps the engine full for `seconds` and counts what comes back. */
async function measure (engine: PoseEngine, pictures: Array<Uint8Array<ArrayBuffer>>, seconds: number): Promise<Speed> {
  const before = process.cpuUsage()
  const start = performance.now()
  const end = start + seconds * 1000
  let next = 0
  let last = start
  let done = 0
  await Promise.all(Array.from({ length: 8 }, async () => {
    while (performance.now() < end) {
      await engine.estimate(pictures[next++ % pictures.length]!, { boxSource: { kind: 'detector' }, priority: 'batch', signal })
      done++
      last = performance.now()
    }
  }))
  const { user, system } = process.cpuUsage(before)
  return { perSecond: done / (last - start) * 1000, processorMs: (user + system) / 1000 / done }
}

function median (values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}

const shared = sharedDir()
if (shared === null) throw new Error('needs the shared test data: set SHARED_DIR')
const testdata = join(shared, 'testdata')
const [rounds = 5, seconds = 6] = process.argv.slice(2).map(Number)
const folder = join(testdata, 'images/photos')
const pictures = await Promise.all((await readdir(folder)).map(async (name) => new Uint8Array(await readFile(join(folder, name)))))
const engines = await Promise.all([1, 2].map((workers) => createEngine(testdata, workers)))
for (const engine of engines) await measure(engine, pictures, 1)

const rows: Array<Record<'1 worker' | '2 workers' | 'ratio' | '1 worker, processor ms' | '2 workers, processor ms', number>> = []
for (let round = 0; round < rounds; round++) {
  const one = await measure(engines[0]!, pictures, seconds)
  const two = await measure(engines[1]!, pictures, seconds)
  rows.push({
    '1 worker': one.perSecond,
    '2 workers': two.perSecond,
    ratio: two.perSecond / one.perSecond,
    '1 worker, processor ms': one.processorMs,
    '2 workers, processor ms': two.processorMs
  })
}
console.log('pictures per second, and processor time per picture')
console.table(rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value.toFixed(2))]))))
console.log(`median ratio ${median(rows.map((row) => row.ratio)).toFixed(2)}`)
await Promise.all(engines.map((engine) => engine.close()))

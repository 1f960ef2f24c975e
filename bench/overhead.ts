/**
 * What everything around the two networks costs, in processor time, picture by picture in turns:
 *   npm run build && npx tsx bench/overhead.ts [set] [seconds]      set: nano, starter, lightweight, balanced
 * Each picture goes through bare session.run on ready tensors, through the pipeline in this thread, through the service, and through
 * rtmlib in Python (BENCH_PYTHON) where that is installed, one after the other within a second: a busy neighbour slows all down alike.
 * `make bench` has the throughput; this has the ratio.
 * With PRECISION=int8 all but rtmlib take the copies that `models quantize` has left in MODEL_DIR.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Tensor, type InferenceSession } from 'onnxruntime-node'
import type { DetectorEntry, PoseEntry } from '../models/model-entry.ts'
import { forbidRuntimeTelemetry, loadConfig } from '../src/config.ts'
import { labelConfigPreset } from '../src/label-studio/label-config-preset.ts'
import { useQuantizedCopies } from '../src/model-store/quantized-copy.ts'
import { sharedDir } from '../test/factories/shared-dir.ts'
import { createSession, type Session } from '../workers/session/create-session.ts'
import { startWorker } from '../workers/start-worker.ts'
import { whyNoRtmlib } from './play-rtmlib.ts'
import { processorMs } from './process-use.ts'
import { readModel } from './read-model.ts'
import { serveFolder } from './serve-folder.ts'
import { DETECTOR_THRESHOLD, findModelSet } from './sets.ts'
import { startRtmlib } from './start-rtmlib.ts'
import { startService } from './start-service.ts'
import { standardSettings } from '../test/factories/worker-settings.ts'

const [name = 'nano', seconds = '60'] = process.argv.slice(2)
forbidRuntimeTelemetry()
const shared = sharedDir()
if (shared === null) throw new Error('needs the shared test data: set SHARED_DIR')
const python = process.env['BENCH_PYTHON'] ?? 'python3'
const set = await findModelSet(name, shared, python)
if (typeof set === 'string') throw new Error(set)
const photos = join(shared, 'testdata/images/photos')

type Contestant = 'pipeline' | 'predict' | 'rtmlib'

const originals = { detector: readModel<DetectorEntry>(set.detector), pose: readModel<PoseEntry>(set.pose) }
const { precision, modelDir } = loadConfig()
const { models, warnings } = precision === 'int8' ? await useQuantizedCopies(originals, modelDir) : { models: originals, warnings: [] }
for (const warning of warnings) console.log(warning)

let fed: Array<{ session: Session, feeds: InferenceSession.FeedsType }> = []
let isListening = true
const handle = await startWorker({
  ...models,
  ...standardSettings,
  // rtmlib's own, which cannot be set there: everybody must estimate the same people.
  detectorThreshold: DETECTOR_THRESHOLD
}, (message) => { if (message.type === 'worker-broken') throw new Error(message.message) }, openListening)

const served = await serveFolder(photos)
const service = await startService({ ...set.env, WORKERS: '1', CACHE_MB: '0', DETECTOR_THRESHOLD: String(DETECTOR_THRESHOLD), IMAGE_ORIGINS: served.origin, LOG_LEVEL: 'info' })
const whyNot = await whyNoRtmlib(shared, python)
const rtmlib = whyNot === null ? await startRtmlib(python, set) : null
const labelConfig = labelConfigPreset('wholebody133')
const names = readdirSync(photos).sort()
const ratios: Record<Contestant, number[]> = { pipeline: [], predict: [], rtmlib: [] }
const againstRtmlib: number[] = []
const sums = { raw: 0, pipeline: 0, predict: 0, rtmlib: 0, needless: 0 }
let end = Infinity
for (let turn = -2; turn < 0 || performance.now() < end; turn++) {
  // The first two only warm up.
  if (turn === 0) end = performance.now() + Number(seconds) * 1000
  const at = (turn + names.length) % names.length
  const file = readFileSync(join(photos, names[at]!))
  fed = []
  isListening = true
  await estimate(file)
  isListening = false
  const ready = fed
  const raw = await timeOwn(async () => { for (const { session, feeds } of ready) await session.run(feeds) })
  const pipeline = await timeOwn(() => estimate(file))
  const before = processorMs(service.pid)
  await predict(`${served.addresses.find((address) => address.endsWith(names[at]!))!}?n=${turn}`)
  const predicted = processorMs(service.pid) - before
  const peer = await rtmlib?.estimate(join(photos, names[at]!)) ?? null
  if (turn < 0) continue
  sums.raw += raw
  sums.pipeline += pipeline
  sums.predict += predicted
  ratios.pipeline.push(raw / pipeline)
  ratios.predict.push(raw / predicted)
  if (peer === null) continue
  sums.rtmlib += peer.ms
  sums.needless += peer.needlessMs
  ratios.rtmlib.push(raw / peer.ms)
  againstRtmlib.push(peer.ms / pipeline)
}
rtmlib?.stop()
await service.stop()
served.close()
const count = ratios.predict.length
const share = (key: Contestant) => `${(sums[key] / count).toFixed(1)} ms; of raw: ${(sums.raw / sums[key]).toFixed(3)} of the sums, ${median(ratios[key]).toFixed(3)} median picture`
console.log(`${name}, ${count} pictures, processor time per picture\nraw session.run  ${(sums.raw / count).toFixed(1)} ms\nbare pipeline    ${share('pipeline')}\n/predict         ${share('predict')}`)
console.log(whyNot ?? `rtmlib           ${share('rtmlib')}
rtmlib / bare pipeline: ${(sums.rtmlib / sums.pipeline).toFixed(3)} of the sums, ${median(againstRtmlib).toFixed(3)} median picture; ${((sums.rtmlib - sums.needless) / sums.pipeline).toFixed(3)} of the sums without rtmlib's poses of whole pictures where it finds nobody`)

async function estimate (bytes: Uint8Array): Promise<void> {
  const outcome = await handle({ kind: 'picture', bytes: new Uint8Array(bytes), boxSource: { kind: 'detector' }, cancel: new SharedArrayBuffer(4), shareCrops: false })
  if (!outcome.ok) throw new Error(outcome.message)
}

async function predict (image: string): Promise<void> {
  const answer = await fetch(`${service.url}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ tasks: [{ id: 1, data: { image }, annotations: [], predictions: [] }], project: '1.1700000000', label_config: labelConfig, params: { context: null } })
  })
  const { results } = await answer.json() as { results: Array<{ error?: string }> }
  if (results[0]?.error !== undefined) throw new Error(results[0].error)
}

/** A session that keeps what it is fed, while asked to. */
async function openListening (...args: Parameters<typeof createSession>): Promise<Session> {
  const session = await createSession(...args)
  const run: Session['run'] = async (feeds: InferenceSession.FeedsType) => {
    if (isListening) fed.push({ session, feeds: Object.fromEntries(Object.entries(feeds).map(([key, value]) => [key, copy(value as Tensor)])) })
    return await session.run(feeds)
  }
  return Object.assign(Object.create(session) as Session, { run })
}

function copy ({ data, dims }: Tensor): Tensor {
  return new Tensor('float32', Float32Array.from(data as Float32Array), dims)
}

async function timeOwn (work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function median (values: number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN
}

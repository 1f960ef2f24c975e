/**
 * The promises of the running service, measured on the built program with the nano models of the shared test data:
 *   npm run build && npx tsx bench/service.ts [scenario ...]
 * Other networks: DETECTOR_MODEL, POSE_MODEL. Everything stays on 127.0.0.1; each scenario ends by itself.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sharedDir } from '../test/factories/shared-dir.ts'
import { labelConfigPreset } from '../src/label-studio/label-config-preset.ts'
import { probeHealth } from './probe-health.ts'
import { serveFolder } from './serve-folder.ts'
import { startService, type RunningService } from './start-service.ts'

const shared = sharedDir()
if (shared === null) throw new Error('needs the shared test data: set SHARED_DIR')
const photos = join(shared, 'testdata/images/photos')
const models = {
  DETECTOR_MODEL: process.env['DETECTOR_MODEL'] ?? join(shared, 'testdata/models/detectors/yolox_nano_8xb8-300e_humanart-40f6f0d0.onnx'),
  POSE_MODEL: process.env['POSE_MODEL'] ?? join(shared, 'testdata/models/pose/body17_as_wholebody133_simcc_256x192.onnx')
}
const labelConfig = labelConfigPreset('body17')
const pictures = await serveFolder(photos)
const rows: Array<[what: string, figure: string]> = []

interface Answer { results: Array<{ result?: unknown[], error?: string }> }

async function predict (service: RunningService, images: readonly string[]): Promise<Answer> {
  const answer = await fetch(`${service.url}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ tasks: images.map((image, id) => ({ id, data: { image } })), label_config: labelConfig, params: { context: null } })
  })
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`)
  return await answer.json() as Answer
}

function start (until: 'listening' | 'ready' = 'ready'): Promise<RunningService> {
  return startService({ ...models, IMAGE_ORIGINS: pictures.origin, CACHE_MB: '0' }, until)
}

/** n addresses, each different, so that neither cache nor sharing helps. */
function many (n: number): string[] {
  return Array.from({ length: n }, (_, i) => `${pictures.addresses[i % pictures.addresses.length]!}?n=${i}`)
}

const ms = (value: number) => `${value.toFixed(1)} ms`

const scenarios: Record<string, () => Promise<void>> = {
  async startup () {
    const times: number[] = []
    for (let i = 0; i < 5; i++) {
      const started = performance.now()
      const service = await start('listening')
      const { results } = await predict(service, [pictures.addresses[0]!])
      if (!results[0]?.result) throw new Error('no usable answer')
      times.push(performance.now() - started)
      await service.stop()
    }
    rows.push(['first usable answer after `node dist/src/server.js`, median of 5', ms(times.sort((a, b) => a - b)[2]!)])
  },

  async health () {
    const service = await start()
    const probe = probeHealth(service.url)
    const started = performance.now()
    await Promise.all(Array.from({ length: 4 }, () => predict(service, many(106))))
    const seconds = (performance.now() - started) / 1000
    const { count, p50, p99, max } = await probe.stop()
    rows.push(['/health under full load (4 clients x 106 pictures)', `p50 ${ms(p50)}, p99 ${ms(p99)}, max ${ms(max)}, ${count} probes`])
    rows.push(['throughput meanwhile', `${(424 / seconds).toFixed(1)} pictures/s`])
    await service.stop()
  },

  async body () {
    const service = await start()
    const region = { id: 'x', from_name: 'body', to_name: 'image', type: 'keypointlabels', value: { x: 50.123, y: 50.123, width: 0.3, keypointlabels: ['nose'] }, score: 0.5, original_width: 640, original_height: 480 }
    const predictions = Array.from({ length: 2 }, () => ({ result: Array.from({ length: 266 }, () => region) }))
    const nobody = { data: { image: 'ftp://nowhere.example/a.jpg' } }
    const many = JSON.stringify({ tasks: Array.from({ length: 850 }, (_, id) => ({ id, ...nobody, predictions })), label_config: labelConfig })
    const long = JSON.stringify({ tasks: [{ data: { image: `data:image/jpeg;base64,${'A'.repeat(30e6)}` } }, { data: { image: `data:image/jpeg;base64,${'B'.repeat(30e6)}` } }, { data: { image: `data:image/jpeg;base64,${'C'.repeat(40e6)}` } }], label_config: labelConfig })
    for (const [name, body] of [['850 tasks with predictions', many], ['3 long data: addresses', long]] as const) {
      const probe = probeHealth(service.url)
      await new Promise((resolve) => setTimeout(resolve, 300))
      const started = performance.now()
      const answer = await fetch(`${service.url}/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      const text = await answer.text()
      const took = performance.now() - started
      const { p99, max, count } = await probe.stop()
      rows.push([`/health while a body of ${(body.length / 1e6).toFixed(0)} MB arrives (${name})`, `p99 ${ms(p99)}, max ${ms(max)}, ${count} probes; request ${ms(took)}, status ${answer.status}, ${text.length} characters`])
    }
    await service.stop()
  },

  async bulk () {
    const service = await start()
    let peak = 0
    const watch = setInterval(() => { peak = Math.max(peak, residentMiB(service.pid)) }, 100)
    const before = residentMiB(service.pid)
    const started = performance.now()
    const answers = await Promise.all(Array.from({ length: 4 }, () => predict(service, many(500))))
    clearInterval(watch)
    const entries = answers.flatMap(({ results }) => results)
    const done = entries.filter((entry) => entry.result).length
    const left = entries.filter((entry) => /ran out|waiting/.test(entry.error ?? '')).length
    rows.push(['500 tasks in one request, 4 clients at once', `${entries.length} entries: ${done} answered, ${left} left for the next call, ${entries.length - done - left} otherwise; ${((performance.now() - started) / 1000).toFixed(1)} s; resident ${before.toFixed(0)} MiB before, ${peak.toFixed(0)} MiB at most`])
    await service.stop()
  },

  async term () {
    const service = await start()
    const running = Array.from({ length: 6 }, () => predict(service, many(20)).then(({ results }) => results.filter((entry) => entry.result).length, (error: Error) => error.message))
    await new Promise((resolve) => setTimeout(resolve, 400))
    const code = await service.stop()
    const answers = await Promise.all(running)
    rows.push(['SIGTERM while 6 requests of 20 pictures run', `answers ${answers.join(', ')} of 20; exit code ${code}`])
  }
}

function residentMiB (pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
}

const chosen = process.argv.slice(2)
for (const [name, run] of Object.entries(scenarios)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  await run()
}
pictures.close()
console.log('| what | figure |\n|---|---|')
for (const [what, figure] of rows) console.log(`| ${what} | ${figure} |`)

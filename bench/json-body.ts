/**
 * How long a body of 100 MB stops the event loop: with JSON.parse in place, and through the parser's thread.
 *   npx tsx bench/json-body.ts
 * The processor time of the main thread (Linux) tells what the other two columns owe to busy neighbours.
 */
import { existsSync, readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { createJsonParser } from '../src/inference/create-json-parser.ts'

const megabytes = 100
const tasks = 1000

/** Tasks as Label Studio sends them after a round of pre-annotation: nearly all of it regions. */
function bodyWithPredictions (): Buffer {
  const region = { id: 'abcdefghij', type: 'keypointlabels', from_name: 'keypoints', to_name: 'image', parentID: 'box', original_width: 640, original_height: 480, image_rotation: 0, score: 0.8123, value: { x: 12.345678, y: 45.678901, width: 0.3, keypointlabels: ['left_shoulder'] } }
  const size = megabytes * 1e6 / tasks
  const regions = new Array(Math.floor(size / JSON.stringify(region).length)).fill(region)
  return toBody((id) => ({ id, data: { image: `/data/upload/1/${id}.jpg` }, annotations: [], predictions: [{ id, result: regions }] }))
}

function bodyWithDataUris (): Buffer {
  const uri = 'data:image/jpeg;base64,' + 'QUJD'.repeat(megabytes * 1e6 / tasks / 4)
  return toBody((id) => ({ id, data: { image: uri }, annotations: [], predictions: [] }))
}

function toBody (task: (id: number) => unknown): Buffer {
  return Buffer.from(JSON.stringify({ tasks: Array.from({ length: tasks }, (_, id) => task(id)), project: '1.1' }))
}

const schedule = `/proc/self/task/${process.pid}/schedstat`

/** Milliseconds the main thread has spent on a processor; NaN where the system does not tell. */
function processorMs (): number {
  return existsSync(schedule) ? Number(readFileSync(schedule, 'latin1').split(' ')[0]) / 1e6 : NaN
}

interface Figures { total: number, longest: number, active: number, processor: number }

/** Runs `work` beside a timer that wants to fire every millisecond. */
async function watch (work: () => Promise<unknown>): Promise<Figures> {
  let longest = 0
  let last = performance.now()
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }, 1)
  const processorBefore = processorMs()
  const before = performance.eventLoopUtilization()
  const start = performance.now()
  await work()
  const total = performance.now() - start
  await new Promise((resolve) => setTimeout(resolve, 20))
  clearInterval(timer)
  return { total, longest, active: performance.eventLoopUtilization(before).active, processor: processorMs() - processorBefore }
}

async function main (): Promise<void> {
  const parser = createJsonParser({ inlineBytes: 0 })
  await parser.parse(Buffer.from('{}'))
  const rows: Record<string, Record<string, string>> = {}
  for (const [name, make] of [['predictions', bodyWithPredictions], ['data URIs', bodyWithDataUris]] as const) {
    for (const [way, parse] of [['in place', async (body: Buffer) => JSON.parse(body.toString())], ['thread', (body: Buffer) => parser.parse(body)]] as const) {
      const best: Figures = { total: Infinity, longest: Infinity, active: Infinity, processor: Infinity }
      for (let round = 0; round < 5; round++) {
        const body = make()
        const figures = await watch(() => parse(body))
        if (figures.longest < best.longest) Object.assign(best, figures)
      }
      rows[`${name}, ${way}`] = { 'longest block ms': best.longest.toFixed(0), 'active ms': best.active.toFixed(0), 'processor ms': best.processor.toFixed(0), 'answer after ms': best.total.toFixed(0) }
    }
  }
  console.table(rows)
  await parser.close()
}

await main()

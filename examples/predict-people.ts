/**
 * Sends picture files to the service and prints the people with their named points.
 *
 *     npx tsx examples/predict-people.ts person.jpg another.png
 *     POSE_URL=http://poses.example:9090 npx tsx examples/predict-people.ts person.jpg
 *
 * The types in openapi.d.ts are generated from /openapi.json (examples/README.md).
 */
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { paths } from './openapi.d.ts'

type PredictBody = paths['/predict']['post']['requestBody']['content']['application/json']
type Entry = paths['/predict']['post']['responses'][200]['content']['application/json']['results'][number]
type Prediction = Extract<Entry, { result: unknown }>
type Refusal = paths['/predict']['post']['responses'][400]['content']['application/json']

const url = (process.env['POSE_URL'] ?? 'http://localhost:9090').replace(/\/+$/, '')
const preset = 'wholebody133'
const tries = 6
/** Codes of single pictures that the next call may well do. */
const forNow = new Set(['POSE_ERR_QUEUE_FULL', 'POSE_ERR_TIME_BUDGET', 'POSE_ERR_NEXT_CALL', 'POSE_ERR_CANCELLED'])
const types: Record<string, string> = { '.png': 'image/png', '.webp': 'image/webp', '.avif': 'image/avif', '.gif': 'image/gif', '.tif': 'image/tiff', '.tiff': 'image/tiff' }

process.exitCode = await main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message)
  return 1
})

/** @returns exit code: 65 when some of the pictures failed */
async function main (files: readonly string[]): Promise<number> {
  if (files.length === 0) {
    console.error('npx tsx examples/predict-people.ts <picture file> ...')
    return 64
  }
  let failed = 0
  for (const [index, entry] of (await predict(files)).entries()) {
    if ('error' in entry) {
      failed++
      console.error(`${files[index]}: ${entry.code}: ${entry.error}`)
    } else print(files[index]!, entry)
  }
  return failed > 0 ? 65 : 0
}

/** One entry per file, in order. Pictures that the service had no time or room for are sent again. */
async function predict (files: readonly string[]): Promise<Entry[]> {
  const labelConfig = await (await ask(`/label-config?preset=${preset}`)).text()
  const entries = new Map<string, Entry>()
  for (let attempt = 1; attempt <= tries; attempt++) {
    const open = files.filter((file) => {
      const entry = entries.get(file)
      return entry === undefined || ('error' in entry && forNow.has(entry.code ?? ''))
    })
    if (open.length === 0) break
    if (attempt > 1) await sleep(attempt * 1000)
    const body: PredictBody = { tasks: await Promise.all(open.map(async (file, id) => ({ id, data: { image: await toDataUri(file) } }))), label_config: labelConfig }
    const { results } = await (await ask('/predict', body)).json() as { results: Entry[] }
    for (const [index, file] of open.entries()) entries.set(file, results[index]!)
  }
  return files.map((file) => entries.get(file)!)
}

/** 429 and 503 are tried again, after as long as the service asks for. @throws Error with the code and the sentence of the service */
async function ask (path: string, body?: PredictBody): Promise<Response> {
  const init = body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  for (let attempt = 1; ; attempt++) {
    // Longer than the service takes at most (REQUEST_BUDGET_S).
    const answer = await fetch(url + path, { ...init, signal: AbortSignal.timeout(120_000) }).catch((error: Error) => { throw new Error(`${url} does not answer (${String(error.cause ?? error)}).`) })
    if (answer.ok) return answer
    if (![429, 503].includes(answer.status) || attempt === tries) {
      const { code, message } = await answer.json().catch(() => ({ code: String(answer.status), message: answer.statusText })) as Refusal
      throw new Error(`${code}: ${message}`)
    }
    await answer.body?.cancel()
    await sleep(Number(answer.headers.get('retry-after') ?? attempt) * 1000)
  }
}

async function toDataUri (file: string): Promise<string> {
  return `data:${types[extname(file).toLowerCase()] ?? 'image/jpeg'};base64,${(await readFile(file)).toString('base64')}`
}

/** Points belong to the box that their parentID names. */
function print (file: string, { result, model_version: version }: Prediction): void {
  const people = result.filter((region) => region.type === 'rectanglelabels')
  console.log(`${file}: people ${people.length}, model ${version}`)
  for (const [index, { id }] of people.entries()) {
    const points = result.filter((region) => region.type === 'keypointlabels' && region.parentID === id)
    console.log(`  person ${index + 1}: points ${points.length}`)
    for (const region of points) {
      if (region.type !== 'keypointlabels') continue
      const { value, original_width: width, original_height: height } = region
      const [x, y] = [value.x / 100 * width, value.y / 100 * height]
      console.log(`    ${value.keypointlabels[0]!.padEnd(24)} x ${x.toFixed(1).padStart(7)}  y ${y.toFixed(1).padStart(7)}  score ${(region.score ?? 0).toFixed(2)}`)
    }
  }
}

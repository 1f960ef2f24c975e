/**
 * make test-api: sends a drawn figure to a running service, as Label Studio would, and shows what comes back.
 * Address: the first argument, else http://127.0.0.1:9090. Exit code 0 only when the answer is well formed.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { cocoWholebody133 } from '../models/keypoints/coco-wholebody-133.ts'
import { describeProgress } from '../src/model-store/describe-progress.ts'
import { findPredictionFaults, labelsOf, type Prediction, type Region } from './find-prediction-faults.ts'

interface Health { status: string, model_loaded: boolean, model_version: string | null, mode: string, device: string, reason: string | null, warnings: string[], fallback: { mode: string, reason: string } | null, download: Array<{ title: string, received: number, total: number | null }> | null, workers: { wanted: number, ready: number }, models: { detector: string | null, pose: string | null, licenses: string[] } }

/** One entry of truth.json: where the points were drawn, in pixels; the third number is 2 for what can be seen. */
interface DrawnPicture { width: number, height: number, people: Array<{ keypoints: number[][] }> }

const pictureName = 'figure-1.jpg'
const drawnPictures = new URL('../test/fixtures/drawn/', import.meta.url)
const [url] = process.argv.slice(2)
const address = (url || 'http://127.0.0.1:9090').replace(/\/+$/, '')

try {
  await main()
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}

async function main (): Promise<void> {
  const health = await waitForDownload()
  console.log(`Service   ${address}, mode ${health.mode} on ${health.device}, ${health.workers.ready} of ${health.workers.wanted} workers ready, model ${health.model_version ?? 'none'}`)
  if (health.models.detector !== null) console.log(`Models    ${health.models.detector} + ${health.models.pose}, ${health.models.licenses.join('; ')}`)
  if (health.fallback !== null) console.log(`Fallback  ${health.fallback.mode} in place of ${health.mode}. ${health.fallback.reason}`)
  for (const warning of health.warnings) console.log(`Warning   ${warning}`)
  if (health.reason !== null) throw new Error(`The service runs, but cannot predict. ${health.reason}`)

  const labelConfig = await ask('/label-config?preset=wholebody133')
  const picture = readFileSync(new URL(pictureName, drawnPictures))
  const truth = JSON.parse(readFileSync(new URL('truth.json', drawnPictures), 'utf8')) as Record<string, DrawnPicture>
  console.log(`Picture   test/fixtures/drawn/${pictureName}, ${Math.round(picture.length / 1024)} KB, a person drawn by this project`)

  const started = performance.now()
  const answer = JSON.parse(await ask('/predict', createBody(picture, labelConfig))) as { results?: Array<Prediction & { error?: string }> }
  const [entry] = answer.results ?? []
  if (answer.results?.length !== 1 || entry === undefined) throw new Error(`One task was sent, and ${answer.results?.length ?? 'no list of'} results came back.`)
  if (entry.error !== undefined) throw new Error(`The picture was refused: ${entry.error}`)

  show(entry, performance.now() - started, truth[pictureName])
  const faults = findPredictionFaults(entry, labelConfig)
  if (faults.length > 0) throw new Error(`The answer is not well formed:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
  console.log('The answer is well formed.')
}

/** A first start may fetch hundreds of megabytes: whoever watches sees how far it is. */
async function waitForDownload (): Promise<Health> {
  let shown = ''
  while (true) {
    const health = JSON.parse(await ask('/health')) as Health
    if (health.download === null) return health
    const line = describeProgress(health.download)
    if (line !== shown) console.log(`Download  ${line}`)
    shown = line
    await sleep(2000)
  }
}

/** What Label Studio sends for one task. */
function createBody (picture: Buffer, labelConfig: string): object {
  return {
    tasks: [{ id: 1, data: { image: `data:image/jpeg;base64,${picture.toString('base64')}` } }],
    project: '1.1700000000',
    label_config: labelConfig,
    params: { login: null, password: null, context: null }
  }
}

function show (prediction: Prediction, ms: number, drawn: DrawnPicture | undefined): void {
  const regions = prediction.result
  const points = regions.filter((region) => region.type === 'keypointlabels')
  const people = regions.filter((region) => region.type === 'rectanglelabels').length
  console.log(`Answer    ${people} ${people === 1 ? 'person' : 'people'}, ${points.length} points in ${Math.round(ms)} ms, model ${prediction.model_version}`)

  const perPart = new Map<string, number>()
  for (const point of points) perPart.set(point.from_name, (perPart.get(point.from_name) ?? 0) + 1)
  if (perPart.size > 0) console.log(`Parts     ${[...perPart].map(([part, count]) => `${part} ${count}`).join(', ')}`)

  if (drawn !== undefined) console.log(`Accuracy  ${compareWithTruth(points, drawn)}`)

  for (const point of points.slice(0, 10)) console.log(`  ${describePoint(point)}`)
  if (points.length > 10) console.log(`  ... and ${points.length - 10} more`)
}

/** Name, place in pixels of the picture, confidence. */
function describePoint (point: Region): string {
  const x = Number(point.value['x']) / 100 * point.original_width
  const y = Number(point.value['y']) / 100 * point.original_height
  return `${(labelsOf(point)[0] ?? '').padEnd(18)} x ${x.toFixed(1).padStart(7)}  y ${y.toFixed(1).padStart(7)}  score ${point.score?.toFixed(2) ?? '-'}`
}

/**
 * How far the points lie from where they were drawn, so that a person sees at once whether the pose is right. Hidden
 * points do not count.
 */
function compareWithTruth (points: readonly Region[], drawn: DrawnPicture): string {
  const distances: number[] = []
  for (const point of points) {
    const index = cocoWholebody133.names.indexOf(labelsOf(point)[0] ?? '')
    const x = Number(point.value['x']) / 100 * drawn.width
    const y = Number(point.value['y']) / 100 * drawn.height
    const nearest = drawn.people.flatMap((person) => {
      const [tx = 0, ty = 0, visible = 0] = person.keypoints[index] ?? []
      return visible === 2 ? [Math.hypot(x - tx, y - ty)] : []
    })
    if (nearest.length > 0) distances.push(Math.min(...nearest))
  }
  distances.sort((a, b) => a - b)
  if (distances.length === 0) return 'no point to compare'
  return `half of the points within ${distances[distances.length >> 1]!.toFixed(1)} pixels, nine of ten within ${distances[Math.floor(distances.length * 0.9)]!.toFixed(1)} (a picture of ${drawn.width} x ${drawn.height})`
}

/** Body of the answer. @throws Error with a sentence for a person when the service is not there or refuses. */
async function ask (path: string, body?: unknown): Promise<string> {
  const { status, text } = await send(path, body)
  if (status < 200 || status > 299) throw new Error(`${path} answered ${status}: ${messageOf(text)}`)
  return text
}

/** @throws Error with a sentence for a person when the service is not there */
async function send (path: string, body?: unknown): Promise<{ status: number, text: string }> {
  const init = body === undefined
    ? {}
    : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  let response: Response
  try {
    response = await fetch(address + path, { ...init, signal: AbortSignal.timeout(120_000) })
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string } }
    throw new Error(`No service answers at ${address} (${cause?.code ?? message}). Start one with "make start" in another terminal, or name its address: make test-api URL=http://host:9090`)
  }
  return { status: response.status, text: await response.text() }
}

/** The sentence of a refusal; the beginning of the text where the answer is not of this service. */
function messageOf (text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text.slice(0, 500)
  } catch {
    return text.slice(0, 500)
  }
}

/**
 * Jobs against a simulated Label Studio, on the built program:
 *   npm run build && npx tsx bench/jobs.ts memory [tasks ...]     memory of `annotate` over so many tasks, and the cost of a task
 *   npm run build && npx tsx bench/jobs.ts replicas               two replicas against one over a Redis, a core and a worker each
 *   npm run build && npx tsx bench/jobs.ts redis [tasks ...]      what a job asks of Redis
 * Networks: those of DETECTOR_MODEL and POSE_MODEL, by default the starter models. Everything stays on 127.0.0.1 and ends by itself.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import type { Job } from '../src/jobs/job.ts'
import { labelConfigPreset } from '../src/label-studio/label-config-preset.ts'
import { startProjectServer, type ProjectServer } from '../test/factories/project-server.ts'
import { startRedis } from '../test/factories/redis-server.ts'
import { sharedDir } from '../test/factories/shared-dir.ts'
import { serveFolder } from './serve-folder.ts'
import { startService, type RunningService } from './start-service.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const models = process.env['POSE_MODEL'] === undefined ? { MODE: 'starter' } : { DETECTOR_MODEL: process.env['DETECTOR_MODEL'] ?? '', POSE_MODEL: process.env['POSE_MODEL'] }
const teardowns: Array<() => unknown> = []
const test = { teardown: (work: () => unknown) => { teardowns.push(work) } }

const [scenario = 'memory', ...rest] = process.argv.slice(2)
try {
  if (scenario === 'memory') await measureMemory(rest.length === 0 ? [1000, 10_000, 100_000] : rest.map(Number))
  else if (scenario === 'replicas') await compareReplicas()
  else if (scenario === 'redis') await measureRedis(rest.length === 0 ? [500, 5000] : rest.map(Number))
  else throw new Error(`no scenario ${scenario}`)
} finally {
  for (const work of teardowns.reverse()) await work()
}

/** All tasks have the same picture, which the cache knows: what is measured is the job around it. */
async function measureMemory (counts: readonly number[]): Promise<void> {
  const pictures = await serveFolder(join(root, 'test/fixtures/drawn'))
  teardowns.push(pictures.close)
  const picture = pictures.addresses.find((address) => address.endsWith('figure-1.jpg'))!
  console.log('| tasks | ms a task | memory, median (MiB) | largest |\n|---|---|---|---|')
  for (const count of counts) {
    const studio = await startProjectServer({ count, labelConfig: labelConfigPreset('wholebody133'), picture: () => picture, keepsResults: false })
    const { msPerTask, peakMiB, medianMiB } = await annotate(studio, pictures.origin)
    const predicted = new Set(studio.predictions.map(({ task }) => task)).size
    if (predicted !== count || studio.predictions.length !== count) throw new Error(`${predicted} of ${count} tasks have a prediction, ${studio.predictions.length} predictions`)
    console.log(`| ${count} | ${msPerTask.toFixed(2)} | ${medianMiB.toFixed(0)} | ${peakMiB.toFixed(0)} |`)
    await studio.close()
  }
}

async function annotate (studio: ProjectServer, origin: string): Promise<{ msPerTask: number, peakMiB: number, medianMiB: number }> {
  const child = spawn(join(root, 'dist/src/cli.js'), ['annotate', '--project', '1', '--url', studio.url, '--token', '0123456789abcdef'], {
    cwd: root, env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_OPTIONS: process.env['NODE_OPTIONS'] ?? '', MODEL_DOWNLOAD: 'never', WORKERS: '1', JOB_PAGES_PER_MINUTE: '100000', IMAGE_ORIGINS: origin, ...models }, stdio: ['ignore', 'ignore', 'ignore']
  })
  const ended = once(child, 'exit')
  /** Since the first page has been written: what is before is loading. */
  let first: { at: number, count: number } | null = null
  let last = { at: 0, count: 0 }
  let peakMiB = 0
  const resident: number[] = []
  const watch = setInterval(() => {
    const present = { at: performance.now(), count: studio.predictions.length }
    if (present.count > 0) first ??= present
    if (present.count > last.count) last = present
    readFile(`/proc/${child.pid}/status`, 'utf8').then((text) => {
      const read = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)?.[1] ?? 0) / 1024
      peakMiB = Math.max(peakMiB, read('VmHWM'))
      if (first !== null) resident.push(read('VmRSS'))
    }, () => {})
  }, 20)
  const [code] = await ended as [number]
  clearInterval(watch)
  if (code !== 0) throw new Error(`annotate ended with ${code}`)
  const { at, count } = first ?? last
  return { msPerTask: (last.at - at) / (last.count - count), peakMiB, medianMiB: resident.sort((a, b) => a - b)[resident.length >> 1] ?? NaN }
}

/** In turns, so that both meet the same machine. */
async function compareReplicas (): Promise<void> {
  const shared = sharedDir()
  if (shared === null) throw new Error('needs the shared test data: set SHARED_DIR')
  const folder = join(shared, 'testdata/images/photos')
  const pictures = await serveFolder(folder)
  teardowns.push(pictures.close)
  const count = (await readdir(folder)).length
  const rates: Record<1 | 2, number[]> = { 1: [], 2: [] }
  for (let round = 0; round < 3; round++) {
    for (const replicas of [1, 2] as const) rates[replicas].push(await runReplicas(replicas, pictures.addresses, pictures.origin, count))
  }
  console.log('| replicas | pictures per second, each round |\n|---|---|')
  for (const replicas of [1, 2] as const) console.log(`| ${replicas} | ${rates[replicas].map((rate) => rate.toFixed(2)).join(', ')} |`)
  console.log(`\nTwo against one: ${rates[2].map((rate, round) => (rate / rates[1][round]!).toFixed(2)).join(', ')} times`)
}

/** All tasks have one picture, which the cache knows, so that pages follow each other as fast as they can. */
async function measureRedis (counts: readonly number[]): Promise<void> {
  const pictures = await serveFolder(join(root, 'test/fixtures/drawn'))
  teardowns.push(pictures.close)
  console.log('| tasks | tasks per second | commands a page of 50 | KB a page to and from Redis | memory that the job leaves, KB |\n|---|---|---|---|---|')
  for (const count of counts) {
    const studio = await startProjectServer({ count, labelConfig: labelConfigPreset('wholebody133'), picture: () => pictures.addresses[0]!, keepsResults: false })
    const redis = await startRedis(test)
    const client = new Redis(redis.url)
    const service = await startService({ ...models, MODEL_DOWNLOAD: 'never', WORKERS: '1', IMAGE_ORIGINS: pictures.origin, LABEL_STUDIO_URL: studio.url, LABEL_STUDIO_API_KEY: '0123456789abcdef', REDIS_URL: redis.url, JOB_PAGES_PER_MINUTE: '100000' })
    const before = await readRedis(client)
    const { seconds } = await runJob(service.url, count)
    const after = await readRedis(client)
    const pages = count / 50
    console.log(`| ${count} | ${(count / seconds).toFixed(0)} | ${((after.commands - before.commands) / pages).toFixed(0)} | ${((after.bytes - before.bytes) / 1000 / pages).toFixed(1)} | ${((after.memory - before.memory) / 1000).toFixed(0)} |`)
    await service.stop()
    client.disconnect()
    await redis.stop()
    await studio.close()
  }
}

async function readRedis (client: Redis): Promise<{ commands: number, bytes: number, memory: number }> {
  const text = await client.info()
  const read = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(text)?.[1] ?? NaN)
  return { commands: read('total_commands_processed'), bytes: read('total_net_input_bytes') + read('total_net_output_bytes'), memory: read('used_memory') }
}

/** Begins a job over the whole project and waits for its end. */
async function runJob (url: string, count: number): Promise<{ seconds: number }> {
  const { id } = await (await fetch(`${url}/jobs`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"project":1}' })).json() as Job
  let job: Job
  do {
    await sleep(200)
    job = await (await fetch(`${url}/jobs/${id}`)).json() as Job
  } while (job.ended_at === null)
  if (job.done !== count) throw new Error(JSON.stringify(job))
  return { seconds: (Date.parse(job.ended_at) - Date.parse(job.started_at!)) / 1000 }
}

async function runReplicas (replicas: number, addresses: readonly string[], origin: string, count: number): Promise<number> {
  const studio = await startProjectServer({ count, labelConfig: labelConfigPreset('wholebody133'), picture: (task) => addresses[(task - 1) % addresses.length]!, keepsResults: false })
  const redis = await startRedis(test)
  const services: RunningService[] = []
  for (let i = 0; i < replicas; i++) {
    services.push(await startService({
      ...models,
      MODEL_DOWNLOAD: 'never',
      WORKERS: '1',
      CACHE_MB: '0',
      IMAGE_ORIGINS: origin,
      LABEL_STUDIO_URL: studio.url,
      LABEL_STUDIO_API_KEY: '0123456789abcdef',
      REDIS_URL: redis.url,
      JOB_BATCH_SIZE: '2',
      JOB_PAGES_PER_MINUTE: '100000'
    }, 'ready'))
    // All threads of a replica share one core, as in a container with one.
    execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(i), String(services[i]!.pid)], { stdio: 'ignore' })
  }
  const { seconds } = await runJob(services[0]!.url, count)
  for (const service of services) await service.stop()
  await redis.stop()
  await studio.close()
  return count / seconds
}

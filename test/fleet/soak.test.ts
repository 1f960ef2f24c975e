/**
 * Many requests of good and bad pictures through nginx to three replicas, with jobs beside them. Every answer is as its picture demands, and what the
 * replicas hold does not grow. 2,000 requests here; `make soak` is the long form (SOAK_REQUESTS, SOAK_SEED).
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createSeededRandom } from '../factories/seeded-random.ts'
import { checkEventCounts, checkEvents } from './check-events.ts'
import { printTable } from './print-table.ts'
import { processUse, type ProcessUse } from './process-use.ts'
import { lacksFleet, startFleet, type Fleet } from './start-fleet.ts'
import { startLoad } from './start-load.ts'

const requests = Number(process.env['SOAK_REQUESTS'] ?? 2000)
const seed = Number(process.env['SOAK_SEED'] ?? 1 + Math.floor(Math.random() * 1e6))
/** After so many the caches are full and everything has been loaded that is loaded late. */
const warmUp = Math.min(2000, requests / 2)
/** The long form's figure; the short one ends before the heaps have found their size. */
const mostGrowth = warmUp === 2000 ? 1.1 : 1.5
const clients = 24
/** Another allocator, to tell a leak from the habits of glibc's: an address of libjemalloc, for example. */
const preload = process.env['SOAK_PRELOAD']
const jobTasks = 40

interface Held extends ProcessUse { heapMiB: number, temporaryFiles: number }

t.test('soak', { skip: lacksFleet(), timeout: 60 * 60_000 }, async (t) => {
  const random = createSeededRandom(seed)
  const folder = await mkdtemp(join(tmpdir(), 'soak-test-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const fleet = await startFleet(t, { tasks: jobTasks, env: { TMPDIR: folder, CACHE_MB: '1', JOB_PAGES_PER_MINUTE: '6', ...(preload !== undefined && { LD_PRELOAD: preload }) } })
  const started = performance.now()

  const run = (count: number) => runWithJobs(fleet, async () => {
    const load = startLoad(t, fleet, { clients, random, requests: count })
    const watch = setInterval(() => {
      Promise.all(fleet.replicas.map(({ pid }) => processUse(pid))).then((all) => {
        t.comment(`${load.report.requests} of ${count} requests, ${load.report.faults.length} faults, resident MiB ${all.map(({ rssMiB }) => rssMiB.toFixed(0)).join(' ')}`)
      }, () => { t.comment('a replica is gone') })
    }, 30_000)
    return await load.done.finally(() => { clearInterval(watch) })
  })
  const first = await run(warmUp)
  const before = await holdings(fleet, folder)
  const rest = await run(requests - warmUp)
  const after = await holdings(fleet, folder)

  const outcomes = [first, rest].flatMap(({ report }) => Object.entries(report.outcomes))
  const counts = new Map<string, number>()
  for (const [name, count] of outcomes) counts.set(name, (counts.get(name) ?? 0) + count)
  const minutes = (performance.now() - started) / 60_000
  const tasks = first.report.tasks + rest.report.tasks
  t.comment(`seed ${seed}: ${requests} requests with ${tasks} tasks and ${first.jobs + rest.jobs} jobs of ${jobTasks} tasks in ${minutes.toFixed(1)} minutes`)
  printTable(t, ['picture and outcome', 'tasks'], [...counts].sort())
  printTable(t, ['replica', 'when', 'resident MiB', 'heap MiB', 'threads', 'handles', 'sockets', 'temporary files'], before.flatMap((_, i) => [
    [i + 1, `after ${warmUp}`, ...row(before[i]!)], [i + 1, `after ${requests}`, ...row(after[i]!)]
  ]))

  t.same([...first.report.faults, ...rest.report.faults], [], 'every answer is as its picture demands')
  t.equal(first.report.requests + rest.report.requests, requests)
  const events = { taken: first.report.events.taken + rest.report.events.taken, lost: first.report.events.lost + rest.report.events.lost }
  t.equal(events.lost, 0, 'nothing is killed, and no event lost')
  await checkEvents(t, fleet, events)
  await checkEventCounts(t, fleet, events.taken)
  t.same(fleet.retries, {}, 'nothing had to be asked again')
  const sum = (all: readonly Held[]) => all.reduce((total, { rssMiB }) => total + rssMiB, 0)
  t.ok(sum(after) < sum(before) * mostGrowth, `memory of all replicas: ${sum(before).toFixed(0)} MiB after ${warmUp} requests, ${sum(after).toFixed(0)} MiB at the end`)
  for (const [i, { threads, handles, sockets, temporaryFiles }] of after.entries()) {
    t.ok(handles <= before[i]!.handles + 5 && sockets <= before[i]!.sockets + 5, `replica ${i + 1}: no handles and sockets are left open`)
    t.ok(threads <= before[i]!.threads + 4, `replica ${i + 1}: no threads stay`)
    t.equal(temporaryFiles, 0, 'no temporary files stay')
  }
})

/** Jobs over all tasks one after the other, as long as the load runs. */
async function runWithJobs<T> ({ ask, studio }: Fleet, load: () => Promise<T>): Promise<{ report: T, jobs: number }> {
  const over = new AbortController()
  let jobs = 0
  const running = (async () => {
    while (!over.signal.aborted) {
      let job = await ask('/jobs', { project: 1, tasks: 'all' })
      while (job.ended_at === null) {
        await sleep(1000)
        job = await ask(`/jobs/${job.id}`)
      }
      if (job.state !== 'done' || job.failed > 0) throw new Error(JSON.stringify(job))
      if (studio.predictions.length !== jobTasks || new Set(studio.predictions.map(({ task }) => task)).size !== jobTasks) throw new Error(`${studio.predictions.length} predictions of ${jobTasks} tasks`)
      jobs++
    }
  })()
  const report = await Promise.race([load(), running.then(() => { throw new Error('the jobs ended first') })])
  over.abort()
  await running
  return { report, jobs }
}

/** When everything has calmed down: connections that are kept open have ended, and the garbage of the last requests is mostly gone. */
async function holdings ({ replicas, client }: Fleet, folder: string): Promise<Held[]> {
  await sleep(10_000)
  return await Promise.all(replicas.map(async ({ pid, url }) => {
    const { text: metrics } = await client.toReplica(`${url}/metrics`)
    const heap = Number(/^nodejs_heap_size_used_bytes (\S+)/m.exec(metrics)?.[1])
    return { ...await processUse(pid), heapMiB: heap / 1024 / 1024, temporaryFiles: (await readdir(folder)).length }
  }))
}

function row ({ rssMiB, heapMiB, threads, handles, sockets, temporaryFiles }: Held): Array<string | number> {
  return [rssMiB.toFixed(0), heapMiB.toFixed(0), threads, handles, sockets, temporaryFiles]
}

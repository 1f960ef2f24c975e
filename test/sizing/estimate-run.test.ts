import t from 'tap'
import { costOfMode } from '../../models/measured-costs.ts'
import type { Mode } from '../../models/modes.ts'
import { allDerived, planMemory } from '../../src/container/plan-memory.ts'
import { estimateRun, type Run } from '../../src/sizing/estimate-run.ts'
import { parallelShare } from '../../src/sizing/known-limits.ts'
import { readRunningCost } from '../../src/sizing/read-running-cost.ts'

const run: Run = { pictures: 1_000_000, people: 2, mode: 'balanced', hours: 24, coresPerReplica: 2, pictureKB: 300, msPerPicture: null, slowness: 1, tasksPerMinute: 6000, pricePerCoreHour: null }

t.test('replicas are as many as the time asks for, and no more', async (t) => {
  for (const pictures of [1, 10_000, 1_000_000, 100_000_000]) {
    for (const coresPerReplica of [1, 2, 8]) {
      const { replicas, hours, rate, coreHours, workersPerReplica } = estimateRun({ ...run, pictures, coresPerReplica })
      t.ok(hours <= run.hours, `${pictures}: ${hours} h`)
      t.ok(replicas === 1 || pictures / (rate * (replicas - 1) / replicas) / 3600 > run.hours, `${pictures}: one replica fewer is too few`)
      t.equal(workersPerReplica, coresPerReplica)
      t.ok(Math.abs(coreHours - replicas * coresPerReplica * hours) < 1e-6)
    }
  }
})

t.test('own figures, and those of another machine', async (t) => {
  const { pictureMs, personMs } = costOfMode('balanced')
  t.equal(estimateRun(run).msPerPicture, pictureMs + 2 * personMs)
  t.equal(estimateRun({ ...run, slowness: 2 }).msPerPicture, 2 * (pictureMs + 2 * personMs))
  t.equal(estimateRun({ ...run, msPerPicture: 500, slowness: 2 }).msPerPicture, 500, 'measured where it will run')
  t.equal(estimateRun({ ...run, msPerPicture: 100, coresPerReplica: 1, hours: 1000 }).rate, 10, 'one core: 1000 ms of it in a second')
  t.equal(estimateRun({ ...run, msPerPicture: 100, hours: 1000 }).rate, 20 * parallelShare)
  t.equal(estimateRun(run).price, null)
  const priced = estimateRun({ ...run, pricePerCoreHour: 0.5 })
  t.equal(priced.price, priced.coreHours / 2)
  t.equal(estimateRun({ ...run, people: 0 }).msPerPicture, pictureMs)
})

t.test('what lies around the service is said, the narrowest first', async (t) => {
  const slow = estimateRun({ ...run, pictures: 10_000 })
  t.ok(slow.bounds.every(({ share }) => share < 1))
  const fast = estimateRun({ ...run, pictures: 100_000_000, hours: 24 })
  t.ok(fast.bounds[0]!.share > 1 && fast.bounds[0]!.share >= fast.bounds[1]!.share)
  t.equal(fast.bounds[0]!.what, 'Label Studio')
  t.equal(estimateRun({ ...run, tasksPerMinute: 60 }).bounds[0]!.what, 'JOB_PAGES_PER_MINUTE')
  t.ok(estimateRun({ ...run, people: 10 }).bounds.find(({ what }) => what === 'Label Studio')!.rate < 10, 'more people, larger predictions')
  t.equal(fast.storedGB, 100_000_000 * 2 * 37_000 / 1e9)
  t.equal(fast.downloadMBps, fast.rate * 300 / 1000)
})

t.test('the memory of a replica is what its start is content with', async (t) => {
  for (const mode of ['starter', 'lightweight', 'balanced', 'performance', 'body-performance', 'feet-balanced'] as const) {
    const { memoryGiB } = estimateRun({ ...run, mode, coresPerReplica: 2 })
    const plan = (gibibytes: number) => planMemory(allDerived, { mode, areOwn: false, isMapped: true, hasCopies: false }, { memoryBytes: gibibytes * 2 ** 30, cores: 2, isContainer: true })
    t.match(plan(memoryGiB), { workers: 2, misfit: null }, `${mode}: ${memoryGiB} GiB`)
    const less = plan(memoryGiB - 0.5)
    t.ok(less.workers < 2 || less.misfit !== null, `${mode}: half a GiB less is too little`)
  }
})

t.test('what fits into no memory is no endless search', async (t) => {
  for (const mode of ['starter', 'body-performance'] as const) t.ok(estimateRun({ ...run, mode, coresPerReplica: 256 }).memoryGiB < 256, `${mode}: the most cores that can be asked for`)
  t.throws(() => estimateRun({ ...run, mode: 'constructor' as Mode }), { message: /does not fit into 2048 GiB/ })
})

t.test('the cost in a running service', async (t) => {
  const text = '# HELP process_cpu_seconds_total x\nprocess_cpu_seconds_total 123.5\nrtmpose_people_total 800\nrtmpose_pictures_total{source="networks"} 400\nrtmpose_pictures_total{source="cache"} 9\n'
  t.strictSame(readRunningCost(text), { msPerPicture: 308.75, people: 2, pictures: 400 })
  t.equal(readRunningCost('<html>'), null)
  t.match(readRunningCost(text.replace(/^rtmpose_pictures_total.*\n/gm, '')), { pictures: 0 })
})

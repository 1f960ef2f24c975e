import t from 'tap'
import { commonMemory, costOfMode } from '../../models/measured-costs.ts'
import { modes, type Mode } from '../../models/modes.ts'
import { loadConfig } from '../../src/config.ts'
import { describeMemory } from '../../src/container/describe-memory.ts'
import { allDerived as nothing, planMemory, type ModelFacts } from '../../src/container/plan-memory.ts'
import type { Machine } from '../../src/container/read-machine.ts'

const container = (gibibytes: number, cores: number): Machine => ({ memoryBytes: gibibytes * 2 ** 30, cores, isContainer: true })
const model = (mode: Mode, changes: Partial<ModelFacts> = {}): ModelFacts => ({ mode, areOwn: false, isMapped: true, hasCopies: false, ...changes })
const sizes = [0.125, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 16, 64, 256]

t.test('whatever the container, what is derived fits or the sentence says so', async (t) => {
  for (const mode of Object.keys(modes) as Mode[]) {
    for (const cores of [1, 2, 8, 64]) {
      let before = { workers: 0, maxMegapixels: 0, cacheMB: 0, maxBodyMB: 0, maxAnswerMB: 0, downloadMaxMB: 0 }
      for (const gibibytes of sizes) {
        const plan = planMemory(nothing, model(mode), container(gibibytes, cores))
        const place = `${mode}, ${gibibytes} GiB, ${cores} cores: ${JSON.stringify(plan)}`
        const fits = plan.fullMiB <= gibibytes * 1024
        if (plan.misfit === null ? !fits || plan.workers > cores : fits && !plan.misfit.isSure) t.fail(place)
        if (plan.misfit !== null && plan.workers !== 1) t.fail(`${place}: one worker is tried first`)
        if (plan.workers < before.workers) t.fail(`${place}: more memory, fewer workers`)
        if (plan.workers === before.workers && (['maxMegapixels', 'maxBodyMB', 'maxAnswerMB', 'downloadMaxMB', 'cacheMB'] as const).some((key) => plan[key] < before[key])) t.fail(`${place}: more memory, less room`)
        before = plan
      }
      t.strictSame({ ...before }.workers, cores, `${mode}: 256 GiB hold ${cores} workers`)
      t.match(before, { cacheMB: 64, maxBodyMB: 256, maxAnswerMB: 256, maxMegapixels: 100, downloadMaxMB: 50 }, 'and all bounds at their most')
    }
  }
})

t.test('few cores bound the workers first, little memory does where cores are many', async (t) => {
  t.match(planMemory(nothing, model('balanced'), container(8, 2)), { workers: 2, workersBy: 'cores', misfit: null })
  const many = planMemory(nothing, model('balanced'), container(4, 64))
  t.match(many, { workersBy: 'memory', misfit: null })
  t.ok(many.workers > 1 && many.workers < 64, `${many.workers} workers`)
  t.match(describeMemory(many, container(4, 64)), `Memory of the container: 4.0 GiB; ${many.workers} workers (not 64, the number of cores: the memory does not hold more)`)
  t.match(describeMemory(planMemory(nothing, model('starter'), { ...container(8, 1), isContainer: false }), { ...container(8, 1), isContainer: false }), /^Memory of the machine: 8\.0 GiB; one worker \(one for the one core\), results to 64 MB/)
})

t.test('what is set stays, and a sure end is said', async (t) => {
  const set = { workers: 16, cacheMB: 1000, maxBodyMB: 500, maxAnswerMB: 700, maxMegapixels: 3, downloadMaxMB: 1 }
  const plan = planMemory({ ...set, downloads: 8 }, model('performance'), container(2, 4))
  t.match(plan, { ...set, workersBy: 'WORKERS', misfit: { isSure: true, sentence: /^MODE=performance takes about .* GiB with 16 workers, and the container has 2\.0 GiB: set fewer WORKERS or give it more memory\.$/ } })
  const wide = planMemory({ ...nothing, cacheMB: 100_000, maxMegapixels: 1000 }, model('starter'), container(4, 1))
  t.match(wide, { cacheMB: 100_000, maxMegapixels: 1000, misfit: { isSure: false, sentence: /^Large pictures, bodies and answers at once .*: lower CACHE_MB, MAX_MEGAPIXELS or give it more memory\.$/ } })
  const room = planMemory({ ...nothing, maxBodyMB: 1 }, model('starter'), container(1, 1))
  t.ok(room.maxMegapixels > planMemory(nothing, model('starter'), container(1, 1)).maxMegapixels, 'what one setting leaves goes to the others')
})

t.test('answers and picture files are parts of it', async (t) => {
  const plan = (changes: Partial<typeof nothing>) => planMemory({ ...nothing, workers: 2, cacheMB: 0, maxBodyMB: 1, maxAnswerMB: 1, maxMegapixels: 1, downloadMaxMB: 1, ...changes }, model('balanced'), container(4, 2))
  t.ok(plan({ maxAnswerMB: 2000 }).fullMiB - plan({}).fullMiB >= 2 * 1999, 'two of the largest answers')
  t.match(plan({ maxAnswerMB: 2000 }).misfit, { isSure: false, sentence: /lower WORKERS, CACHE_MB, MAX_BODY_MB, MAX_ANSWER_MB, MAX_MEGAPIXELS, DOWNLOAD_MAX_MB or give it more memory/ })
  t.ok(plan({ downloadMaxMB: 51 }).fullMiB - plan({}).fullMiB >= 50 * (8 + 4), 'those that DOWNLOADS holds and those of the workers')
  t.ok(plan({ downloadMaxMB: 51, downloads: 16 }).fullMiB > plan({ downloadMaxMB: 51 }).fullMiB)
  t.ok(planMemory({ ...nothing, maxAnswerMB: 2000 }, model('balanced'), container(8, 2)).maxBodyMB < planMemory(nothing, model('balanced'), container(8, 2)).maxBodyMB, 'what one setting takes the others have not')
})

t.test('the first start of several workers needs more than later ones; a worker alone writes no copies', async (t) => {
  const { firstStartMiB, mappedMiB, workerMiB } = costOfMode('balanced')
  const narrow = { ...nothing, cacheMB: 0, maxBodyMB: 1, maxAnswerMB: 1, maxMegapixels: 1, downloadMaxMB: 1 }
  const between = (firstStartMiB - 10) / 1024
  t.ok(between * 1024 > commonMemory.baseMiB + mappedMiB + 2 * workerMiB)
  t.match(planMemory(narrow, model('balanced', { hasCopies: true }), container(between, 2)), { workers: 2, misfit: null })
  t.match(planMemory(narrow, model('balanced'), container(between, 2)), { workers: 1, workersBy: 'memory', misfit: null })
  t.match(planMemory({ ...narrow, workers: 2 }, model('balanced'), container(between, 2)).misfit, { isSure: true, sentence: /at the first start, while optimised copies .* WORKERS=1/ })
  t.ok(planMemory(nothing, model('balanced', { isMapped: false }), container(64, 4)).idleMiB > planMemory(nothing, model('balanced'), container(64, 4)).idleMiB, 'without copies each worker has its own weights')
})

t.test('of own networks nothing is known, so nothing is refused', async (t) => {
  t.match(planMemory(nothing, model('performance', { areOwn: true }), container(0.5, 2)), { workers: 1, misfit: { isSure: false } })
})

t.test('the configuration takes what was derived', async (t) => {
  const small = loadConfig({ MODE: 'lightweight', MODEL_DIR: t.testdir({}) }, container(1.5, 4))
  const { plan } = small.memory
  t.match(small, { workers: plan.workers, cacheBytes: plan.cacheMB * 2 ** 20, maxBodyBytes: plan.maxBodyMB * 2 ** 20, maxPixels: plan.maxMegapixels * 1e6, maxAnswerBytes: plan.maxAnswerMB * 2 ** 20, downloadMaxBytes: plan.downloadMaxMB * 2 ** 20 })
  t.ok(plan.maxMegapixels < 100)
  t.match(loadConfig({ WORKERS: '3', CACHE_MB: '0', MAX_BODY_MB: '7', MAX_MEGAPIXELS: '0.5' }, container(1.5, 4)), { workers: 3, cacheBytes: 0, maxBodyBytes: 7 * 2 ** 20, maxPixels: 500_000 })
  const narrow = { MODE: 'balanced', CACHE_MB: '0', MAX_BODY_MB: '1', MAX_ANSWER_MB: '1', MAX_MEGAPIXELS: '1', DOWNLOAD_MAX_MB: '1' }
  const between = container((costOfMode('balanced').firstStartMiB - 10) / 1024, 2)
  t.equal(loadConfig({ ...narrow, MODEL_DIR: t.testdir({ mapped: { '.writing-x': {}, 'a.sha256.json': '' } }) }, between).workers, 1)
  t.equal(loadConfig({ ...narrow, MODEL_DIR: t.testdir({ mapped: { 'a-1': {}, 'b-1': {}, '.writing-x': {} } }) }, between).workers, 2, 'the copies of an earlier start are there')
})

/** What `sizing` predicts against what the built service takes. Processor time: on a busy machine that of the clock says nothing. */
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { estimateRun } from '../../src/sizing/estimate-run.ts'
import { measureMachine } from '../../src/sizing/measure-machine.ts'
import { readRunningCost } from '../../src/sizing/read-running-cost.ts'
import { startFileServer } from '../factories/file-server.ts'
import { startService } from '../label-studio/real/service.ts'

const count = 120

t.test('the prediction, scaled by a measurement of the same run, is right within a factor of 1.6', { timeout: 280_000 }, async (t) => {
  const figures = await Promise.all([1, 2, 3, 4, 5, 6].map(async (n) => await readFile(new URL(`../fixtures/drawn/figure-${n}.jpg`, import.meta.url))))
  const pictures = await startFileServer(t, Object.fromEntries(Array.from({ length: count }, (_, n) => [`/${n}.jpg`, figures[n % figures.length]!])))
  const service = await startService(t, { WORKERS: '1', CACHE_MB: '0', IMAGE_ORIGINS: pictures.origin })
  const { signal } = new AbortController()
  const read = async () => {
    const text = await (await fetch(`${service.url}/metrics`)).text()
    return { ...readRunningCost(text)!, cpuMs: Number(/^process_cpu_seconds_total (\S+)$/m.exec(text)?.[1]) * 1000 }
  }

  const before = await read()
  const slowness: number[] = []
  const started = performance.now()
  let workedMs = 0
  // In turns, so that a busy neighbour meets both.
  for (let from = 0; from < count; from += count / 3) {
    slowness.push(await measureMachine(1, signal))
    const begun = performance.now()
    const answer = await fetch(`${service.url}/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ tasks: Array.from({ length: count / 3 }, (_, n) => ({ data: { image: `${pictures.origin}/${from + n}.jpg` } })) }) })
    const { results } = await answer.json() as { results: Array<{ result?: unknown }> }
    if (!results.every(({ result }) => Array.isArray(result))) t.fail('every picture is estimated')
    workedMs += performance.now() - begun
  }
  const after = await read()
  t.equal(after.pictures, count)

  const measuredMs = (after.cpuMs - before.cpuMs) / count
  const factor = slowness.reduce((sum, one) => sum + one, 0) / slowness.length
  const { msPerPicture } = estimateRun({ pictures: count, people: after.people, mode: 'starter', hours: 1, coresPerReplica: 1, pictureKB: 30, msPerPicture: null, slowness: factor, tasksPerMinute: 6000, pricePerCoreHour: null })
  const ratio = msPerPicture / measuredMs
  t.comment(`${after.people.toFixed(2)} people a picture, predicted ${msPerPicture.toFixed(1)} ms, took ${measuredMs.toFixed(1)} ms of processor time and ${(workedMs / count).toFixed(1)} ms of the clock; this machine ${factor.toFixed(2)} times; ${((performance.now() - started) / 1000).toFixed(0)} s in all`)
  t.ok(ratio > 1 / 1.6 && ratio < 1.6, `predicted over measured: ${ratio.toFixed(2)}`)
})

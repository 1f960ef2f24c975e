/**
 * `make bench`: one table per model set from one interleaved run, everything on the same cores and models, cache off.
 *
 *     npx tsx bench/table.ts [--sets nano,starter,lightweight,balanced] [--rounds 3]
 *
 * Contestants take turns, so that busy neighbours meet all of them; figures are medians over the rounds. SHARED_DIR names the
 * shared test data, BENCH_PYTHON a Python with rtmlib (tools/peers) and onnx; what is missing is left out and named.
 */
import { readdirSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { sharedDir } from '../test/factories/shared-dir.ts'
import { joinContestants, startChild, type Contestant, type Order, type Round } from './contestant.ts'
import { createRtmlibContestant, whyNoRtmlib } from './play-rtmlib.ts'
import { createServiceContestant, pssMiB } from './play-service.ts'
import { probeHealth } from './probe-health.ts'
import { serveFolder } from './serve-folder.ts'
import { DETECTOR_THRESHOLD, findModelSet, setNames, type ModelSet } from './sets.ts'
import { startService } from './start-service.ts'

const WORKERS = 2
const RAW = 'raw session.run'
const BARE = 'bare pipeline'
const HTTP = '/predict, 4 clients'
const RTMLIB = 'rtmlib, 2 processes x 1 thread'

const { values } = parseArgs({ options: { sets: { type: 'string', default: setNames.join(',') }, rounds: { type: 'string', default: '3' } } })
const shared = sharedDir()
if (shared === null) throw new Error('needs the shared test data: set SHARED_DIR')
const python = process.env['BENCH_PYTHON'] ?? 'python3'
const photos = join(shared, 'testdata/images/photos')

console.log(`${cpus().length} x ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 16)} UTC, ${values.rounds} rounds, WORKERS=${WORKERS}, CACHE_MB=0`)
const noRtmlib = await whyNoRtmlib(shared, python)
if (noRtmlib !== null) console.log(`\nLeft out: rtmlib (${noRtmlib}).`)
for (const name of values.sets.split(',')) {
  const set = await findModelSet(name, shared, python)
  if (typeof set === 'string') console.log(`\nLeft out: ${name} (${set}).`)
  else await measureSet(set, Number(values.rounds))
}

async function measureSet (set: ModelSet, rounds: number): Promise<void> {
  const pictures = readdirSync(photos).sort().map((name) => join(photos, name))
  const order: Order = { detector: set.detector, pose: set.pose, pictures, workers: WORKERS }
  const served = await serveFolder(photos)
  const service = await startService({ ...set.env, DETECTOR_THRESHOLD: String(DETECTOR_THRESHOLD), WORKERS: String(WORKERS), CACHE_MB: '0', MODEL_DOWNLOAD: 'never', IMAGE_ORIGINS: served.origin, LOG_LEVEL: 'info' })
  const rtmlib = { shared: shared!, python, photos, processes: WORKERS }
  const contestants: Contestant[] = []
  const played = new Map<string, Round[]>()
  const health: number[] = []
  let pss = NaN
  // Whatever fails, nothing is left running.
  try {
    contestants.push(
      joinContestants(RAW, await Promise.all(Array.from({ length: WORKERS }, (_, part) => startChild(RAW, './play-raw.ts', { ...order, pictures: choose(pictures, set.readyPictures, part) })))),
      await startChild(BARE, './play-pipeline.ts', order),
      ...[1, 4, 8].map((clients) => createServiceContestant(clients === 1 ? '/predict, 1 client' : `/predict, ${clients} clients`, service, clients, served.addresses)),
      ...noRtmlib === null ? [createRtmlibContestant(RTMLIB, set, { ...rtmlib, threads: 1 })] : []
    )
    for (const contestant of contestants) {
      played.set(contestant.name, [])
      if (contestant.name.startsWith('/predict')) await contestant.play(2)
    }
    for (let round = 0; round < rounds; round++) {
      for (const contestant of contestants) {
        const probe = contestant.name === HTTP ? probeHealth(service.url) : null
        played.get(contestant.name)!.push(await contestant.play(set.seconds))
        if (probe !== null) health.push((await probe.stop()).p99)
      }
    }
    pss = pssMiB(service.pid)
  } finally {
    await service.stop()
    await Promise.all(contestants.map((contestant) => contestant.end()))
    served.close()
  }
  if (noRtmlib === null) {
    const asItIs = createRtmlibContestant('rtmlib as it is (1 process, default threads)', set, { ...rtmlib, processes: 1, threads: 0 })
    played.set(asItIs.name, [await asItIs.play(set.seconds)])
  }
  report(set, played, { pss, health: median(health) })
}

/** So many pictures, evenly, each part beginning somewhere else in the same circle. */
function choose (pictures: readonly string[], count: number, part: number): string[] {
  const chosen = Array.from({ length: count }, (_, index) => pictures[Math.floor(index * pictures.length / count)]!)
  const start = Math.floor(part * count / WORKERS)
  return [...chosen.slice(start), ...chosen.slice(0, start)]
}

function report (set: ModelSet, played: ReadonlyMap<string, Round[]>, { pss, health }: { pss: number, health: number }): void {
  const cpu = (name: string) => median((played.get(name) ?? []).map((round) => round.cpuMs / round.pictures))
  console.log(`\n### ${set.name}\n`)
  console.log('| | pictures/s | CPU ms per picture | of raw | p50 ms | p99 ms | stages, ms per picture |\n|---|---|---|---|---|---|---|')
  for (const [name, rounds] of played) {
    const answers = rounds.flatMap(({ answersMs }) => answersMs ?? []).sort((a, b) => a - b)
    const at = (share: number) => answers.length > 0 ? answers[Math.min(answers.length - 1, Math.floor(share * answers.length))]!.toFixed(0) : ''
    const stages = Object.keys(rounds[0]!.stages ?? {}).map((stage) => `${stage} ${median(rounds.map((round) => round.stages![stage]!)).toFixed(1)}`)
    console.log(`| ${name} | ${median(rounds.map((round) => round.pictures / round.seconds)).toFixed(1)} | ${cpu(name).toFixed(1)} | ${ratio(played, RAW, name)} | ${at(0.5)} | ${at(0.99)} | ${stages.join(', ')} |`)
  }
  console.log(`\nRaw against ${HTTP}: ${ratio(played, RAW, HTTP)}. ${played.has(RTMLIB) ? `rtmlib at its best against the bare pipeline: ${ratio(played, RTMLIB, BARE)}; against ${HTTP}: ${ratio(played, RTMLIB, HTTP)}. ` : ''}Memory of the service (Pss): ${pss.toFixed(0)} MiB. /health under 4 clients: p99 ${health.toFixed(1)} ms.`)
}

/** Processor time per picture of one contestant over another's: the median over the rounds of the ratio within a round. */
function ratio (played: ReadonlyMap<string, Round[]>, above: string, below: string): string {
  const [over, under] = [played.get(above) ?? [], played.get(below) ?? []]
  const ratios = over.slice(0, under.length).map(({ cpuMs, pictures }, round) => cpuMs / pictures / (under[round]!.cpuMs / under[round]!.pictures))
  return median(ratios).toFixed(2)
}

function median (figures: number[]): number {
  const sorted = [...figures].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

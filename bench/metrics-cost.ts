/**
 * What METRICS=on costs against METRICS=off: two services of one worker each, in turns of a few seconds, so that a busy neighbour slows both alike:
 *   npm run build && npx tsx bench/metrics-cost.ts [rounds] [seconds per round]
 * Each picture is fetched and estimated (starter models, drawn figures), or, in the second table, known already: then the request is all there is.
 */
import { fileURLToPath } from 'node:url'
import type { Contestant, Round } from './contestant.ts'
import { createServiceContestant } from './play-service.ts'
import { serveFolder } from './serve-folder.ts'
import { startService } from './start-service.ts'

const [rounds = '12', seconds = '3'] = process.argv.slice(2)
const clients = 4
const settings = ['on', 'off'] as const
const pictures = await serveFolder(fileURLToPath(new URL('../test/fixtures/drawn', import.meta.url)))
const addresses = pictures.addresses.filter((address) => address.endsWith('.jpg'))

for (const [what, cache] of [['estimated', '0'], ['known already', '64']] as const) {
  const services = await Promise.all(settings.map((METRICS) => startService({ MODE: 'starter', MODEL_DOWNLOAD: 'never', WORKERS: '1', CACHE_MB: cache, IMAGE_ORIGINS: pictures.origin, METRICS })))
  const [on, off] = services.map((service, i) => createServiceContestant(settings[i]!, service, clients, addresses)) as [Contestant, Contestant]
  // The first round only warms up.
  for (const contestant of [on, off]) await contestant.play(Number(seconds))
  const cpu: number[] = []
  const rate: number[] = []
  const all: Record<'on' | 'off', Round[]> = { on: [], off: [] }
  for (let round = 0; round < Number(rounds); round++) {
    // Each goes first in every second round.
    const order = round % 2 === 0 ? [on, off] : [off, on]
    for (const contestant of order) all[contestant.name as 'on' | 'off'].push(await contestant.play(Number(seconds)))
    const [a, b] = [all.on.at(-1)!, all.off.at(-1)!]
    cpu.push((a.cpuMs / a.pictures) / (b.cpuMs / b.pictures))
    rate.push((a.pictures / a.seconds) / (b.pictures / b.seconds))
  }
  console.log(`\nPictures that are ${what}, ${rounds} rounds of ${seconds} s each\n\n| | METRICS=on | METRICS=off | on / off, median (quartiles) |\n|---|---|---|---|`)
  console.log(`| processor time a picture, ms | ${perPicture(all.on).toFixed(2)} | ${perPicture(all.off).toFixed(2)} | ${spread(cpu)} |`)
  console.log(`| pictures per second | ${perSecond(all.on).toFixed(1)} | ${perSecond(all.off).toFixed(1)} | ${spread(rate)} |`)
  for (const service of services) await service.stop()
}
pictures.close()

function perPicture (all: readonly Round[]): number {
  return sum(all, ({ cpuMs }) => cpuMs) / sum(all, ({ pictures }) => pictures)
}

function perSecond (all: readonly Round[]): number {
  return sum(all, ({ pictures }) => pictures) / sum(all, ({ seconds }) => seconds)
}

function sum (all: readonly Round[], read: (round: Round) => number): number {
  return all.reduce((total, round) => total + read(round), 0)
}

function spread (ratios: readonly number[]): string {
  const sorted = [...ratios].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!.toFixed(3)
  return `${at(0.5)} (${at(0.25)} to ${at(0.75)})`
}

/**
 * What metrics or traces cost against none: services of one worker each, two of each kind, in turns of a few seconds, so that a busy neighbour slows
 * all alike. Two equal services differ too; by how much stands beside it, since no smaller cost can be seen.
 *   npm run build && npx tsx bench/observation-cost.ts [metrics|traces] [rounds] [seconds per round]
 * Traces: of every request, to a collector in this process, which is not counted.
 * Each picture is fetched and estimated (starter models, drawn figures), or, in the second table, known already: then the request is all there is.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Round } from './contestant.ts'
import { createServiceContestant } from './play-service.ts'
import { serveFolder } from './serve-folder.ts'
import { startService } from './start-service.ts'

const [kind = 'metrics', rounds = '12', seconds = '3'] = process.argv.slice(2)
const clients = 4
const collector = createServer((request, response) => { request.resume().on('end', () => { response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end() }) })
await once(collector.listen(0, '127.0.0.1'), 'listening')
const kinds: Record<string, Record<'on' | 'off', Record<string, string>>> = {
  metrics: { on: { METRICS: 'on' }, off: { METRICS: 'off' } },
  traces: { on: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}` }, off: { OTEL_EXPORTER_OTLP_ENDPOINT: '' } }
}
const compared = kinds[kind]
if (compared === undefined) throw new Error(`${kind} is neither metrics nor traces`)
const settings = ['on', 'off', 'on', 'off'] as const
const pictures = await serveFolder(fileURLToPath(new URL('../test/fixtures/drawn', import.meta.url)))
const addresses = pictures.addresses.filter((address) => address.endsWith('.jpg'))

for (const [what, cache] of [['estimated', '0'], ['known already', '64']] as const) {
  const services = await Promise.all(settings.map((setting) => startService({ MODE: 'starter', MODEL_DOWNLOAD: 'never', WORKERS: '1', CACHE_MB: cache, IMAGE_ORIGINS: pictures.origin, ...compared[setting] })))
  const contestants = services.map((service, i) => createServiceContestant(settings[i]!, service, clients, addresses))
  // The first round only warms up.
  for (const contestant of contestants) await contestant.play(Number(seconds))
  const played: Round[][] = contestants.map(() => [])
  for (let round = 0; round < Number(rounds); round++) {
    // Each place in the order goes to each of them in turn.
    for (let i = 0; i < contestants.length; i++) {
      const next = (i + round) % contestants.length
      played[next]!.push(await contestants[next]!.play(Number(seconds)))
    }
  }
  const [on1, off1, on2, off2] = played as [Round[], Round[], Round[], Round[]]
  console.log(`\nPictures that are ${what}, ${rounds} rounds of ${seconds} s each\n\n| | ${kind} on | ${kind} off | on / off, median (quartiles) of the rounds | two equal ones: on / on, off / off |\n|---|---|---|---|---|`)
  for (const [name, read, digits] of [['processor time a picture, ms', perPicture, 2], ['pictures per second', perSecond, 1]] as const) {
    const ratio = spread(on1.map((_, i) => read([on1[i]!, on2[i]!]) / read([off1[i]!, off2[i]!])))
    console.log(`| ${name} | ${read([...on1, ...on2]).toFixed(digits)} | ${read([...off1, ...off2]).toFixed(digits)} | ${ratio} | ${(read(on1) / read(on2)).toFixed(3)}, ${(read(off1) / read(off2)).toFixed(3)} |`)
  }
  for (const service of services) await service.stop()
}
pictures.close()
collector.closeAllConnections()
collector.close()

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

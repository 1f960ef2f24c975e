import { measuredOn } from '../../models/measured-costs.ts'
import { modes, type Mode } from '../../models/modes.ts'
import { loadConfig, type Config } from '../config.ts'
import { ownAuthorization } from '../label-studio/connect/credentials.ts'
import { estimateRun, type Run } from '../sizing/estimate-run.ts'
import { measureMachine } from '../sizing/measure-machine.ts'
import { fewestPictures, readRunningCost, type RunningCost } from '../sizing/read-running-cost.ts'
import { CliError, type Command, type Terminal } from './command.ts'
import { parseOptions } from './parse-options.ts'
import { readAddress } from './read-address.ts'
import { renderRun } from './render-run.ts'
import { untilStopped } from './until-stopped.ts'

const measureSeconds = 5

/** Says what a number of pictures needs. */
export const sizing: Command = {
  usage: '--pictures <n> [--people 2] [--mode balanced] [--hours 24] [--cores-per-replica 2] [--picture-kb 300] [--price-per-core-hour <n>] [--measure | --url address of a running service | --ms-per-picture <n>] [--json]',
  summary: 'Says how many replicas, workers, cores and how much memory so many pictures need, and what limits next; from the table of docs/sizing.md, scaled by a short measurement here (--measure), or from your own figures.',
  async run (args, terminal) {
    const config = loadConfig()
    const { given, source, json } = readArguments(args, config)
    return await untilStopped(terminal, async (signal) => {
      const { changes, figures } = await findCost(source, config, terminal, signal)
      const run: Run = { ...given, ...changes }
      const estimate = estimateRun(run)
      if (json) terminal.print(JSON.stringify({ ...run, figures, estimate }, null, 2))
      else for (const line of renderRun(run, estimate, figures)) terminal.print(line)
      return 0
    }, 'Stopped.')
  }
}

type Source = { kind: 'table' } | { kind: 'own' } | { kind: 'machine' } | { kind: 'service', url: string }

/** @returns changes: what of the run is known better by now; figures: where they come from, in words */
async function findCost (source: Source, config: Config, terminal: Terminal, signal: AbortSignal): Promise<{ changes: Partial<Run>, figures: string }> {
  if (source.kind === 'own') return { changes: {}, figures: '--ms-per-picture' }
  if (source.kind === 'service') {
    const { pictures, ...cost } = await readMetrics(source.url, config)
    return { changes: cost, figures: `${pictures} pictures that ${source.url} has estimated, with ${cost.people.toFixed(1)} people each` }
  }
  if (source.kind === 'table') return { changes: {}, figures: `the table: ${measuredOn}` }
  terminal.note(`Measuring this machine for ${measureSeconds} s ...`)
  const slowness = await measureMachine(measureSeconds, signal)
  return { changes: { slowness }, figures: `the table, times ${slowness.toFixed(2)}: so much processor time does a picture of the starter networks take here against there` }
}

async function readMetrics (url: string, config: Config): Promise<RunningCost> {
  let cost: RunningCost | null
  try {
    const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(10_000), redirect: 'manual', headers: ownAuthorization(config) })
    if (!answer.ok) throw new Error(`it answers ${answer.status}`)
    cost = readRunningCost(await answer.text())
  } catch (error) {
    throw new CliError(`${url}/metrics cannot be read (${(error as Error).message}): is the service running there, and METRICS not off? With METRICS=token set API_TOKEN here too, and BASIC_AUTH_USER and BASIC_AUTH_PASS where it asks for them.`)
  }
  if (cost === null) throw new CliError(`${url}/metrics is not that of this service: --url takes its address.`)
  if (cost.pictures < fewestPictures) throw new CliError(`The service at ${url} has estimated ${cost.pictures} pictures since its start: ${fewestPictures} are needed, or the start itself counts too much.`)
  return cost
}

/** @throws CliError */
function readArguments (args: readonly string[], config: Config): { given: Run, source: Source, json: boolean } {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const values = parseOptions(args, { pictures: text, people: text, mode: text, hours: text, 'cores-per-replica': text, 'picture-kb': text, 'price-per-core-hour': text, 'ms-per-picture': text, measure: flag, url: text, json: flag }, '"sizing": ')
  const number = (name: Exclude<keyof typeof values, 'measure' | 'json'>, least: number, most: number): number | null => {
    if (values[name] === undefined) return null
    const value = Number(values[name])
    if (!(value >= least && value <= most)) throw new CliError(`--${name} ${values[name]} is not valid: a number from ${least} to ${most} is.`)
    return value
  }
  const mode = values.mode ?? config.mode
  if (!Object.hasOwn(modes, mode)) throw new CliError(`--mode ${mode} is not valid: ${Object.keys(modes).join(', ')} are.`)
  const pictures = number('pictures', 1, 1e12)
  if (pictures === null) throw new CliError('--pictures is missing: how many there are.')
  const msPerPicture = number('ms-per-picture', 0.1, 1e6)
  if ([msPerPicture !== null, values.measure, values.url !== undefined].filter(Boolean).length > 1) throw new CliError('Only one of --ms-per-picture, --measure and --url can be had.')
  return {
    given: {
      pictures: Math.ceil(pictures),
      people: number('people', 0, 1000) ?? 2,
      mode: mode as Mode,
      hours: number('hours', 0.01, 1e6) ?? 24,
      coresPerReplica: Math.ceil(number('cores-per-replica', 1, 256) ?? 2),
      pictureKB: number('picture-kb', 1, 1e6) ?? 300,
      msPerPicture,
      slowness: 1,
      tasksPerMinute: config.jobPagesPerMinute * config.jobBatchSize,
      pricePerCoreHour: number('price-per-core-hour', 0, 1e6)
    },
    source: msPerPicture !== null ? { kind: 'own' } : values.url !== undefined ? { kind: 'service', url: readAddress('url', values.url, 'the address of the service') } : { kind: values.measure ? 'machine' : 'table' },
    json: values.json
  }
}

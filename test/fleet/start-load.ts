import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import type { MixedPicture } from './mixed-pictures.ts'
import type { Fleet } from './start-fleet.ts'

export interface LoadOptions {
  /** Requests at once, each client with one after the other. */
  clients: number
  random: () => number
  /** Most requests; without it until `stop`. */
  requests?: number
}

export interface EventCounts {
  taken: number
  /** Answered with 502: the replica that had it was killed. Nobody may send it again. */
  lost: number
}

export interface LoadReport {
  requests: number
  tasks: number
  events: EventCounts
  /** Tasks by what they were and got, as "cut-short: IMAGE_TRUNCATED". */
  outcomes: Record<string, number>
  /** Everything that was not as it must be. */
  faults: string[]
  /** Longest time from one good answer to the next. */
  longestGapMs: number
}

export interface Load {
  /** So far. */
  readonly report: LoadReport
  /** Since the last call of this, or the beginning. */
  takeLongestGapMs (): number
  /** Ends it after the requests under way. */
  stop (): Promise<LoadReport>
  /** All requests are answered. */
  done: Promise<LoadReport>
}

interface Region { id: string, parentID?: string, type: string }
interface Entry { result?: Region[], code?: string }

/** A report need not hold the same fault ten thousand times. */
const mostFaults = 200
/** One request in so many is for /setup, and one an event for /webhook, which have to survive as well. */
const othersEvery = 20
const labelConfig = labelConfigPreset('body17')
/** Of annotations, also those of an earlier load: a second event of one is not counted. */
let annotations = 0

/**
 * Requests to /predict as Label Studio sends them, of one or three tasks whose pictures are good and bad at random. Nothing is sent twice: what
 * a replica loses must be made good by what stands in front of it, but for events, which may be counted once at most. Each answer is compared with what its picture must give, and with
 * what the same picture has given first: the networks have no chance in them.
 */
export function startLoad (t: Pick<Test, 'comment' | 'teardown'>, { url, client, pictures: { kinds } }: Pick<Fleet, 'url' | 'client' | 'pictures'>, { clients, random, requests = Infinity }: LoadOptions): Load {
  const report: LoadReport = { requests: 0, tasks: 0, events: { taken: 0, lost: 0 }, outcomes: {}, faults: [], longestGapMs: 0 }
  const firstAnswers = new Map<string, string>()
  const weights = kinds.reduce((sum, { weight }) => sum + weight, 0)
  let begun = 0
  const over = new AbortController()
  let lastGoodAt = performance.now()
  let gapMs = 0
  let number = 0

  function choose (): MixedPicture {
    let left = random() * weights
    return kinds.find(({ weight }) => (left -= weight) < 0) ?? kinds[0]!
  }

  function noteFault (fault: string): void {
    if (report.faults.length >= mostFaults) return
    report.faults.push(fault)
    t.comment(`fault at ${new Date().toISOString()}: ${fault}`)
  }

  function noteGood (): void {
    const now = performance.now()
    gapMs = Math.max(gapMs, now - lastGoodAt)
    report.longestGapMs = Math.max(report.longestGapMs, gapMs)
    lastGoodAt = now
  }

  async function predict (): Promise<void> {
    const chosen = Array.from({ length: random() < 0.1 ? 3 : 1 }, choose)
    const tasks = chosen.map((kind) => ({ id: ++number, data: kind.data(number), annotations: [], predictions: [] }))
    report.tasks += chosen.length
    const { status, text } = await client.toNginx(`${url}/predict`, {
      body: { tasks, project: '1.1700000000', label_config: labelConfig, params: { login: null, password: null, context: null } }
    }).catch((error: unknown) => { throw new Error(`${chosen.map(({ name }) => name).join(' + ')}: ${describe(error)}`) })
    if (status !== 200) throw new Error(`${chosen.map(({ name }) => name).join(' + ')}: ${status} ${text.slice(0, 300)}`)
    const { results } = JSON.parse(text) as { results: Entry[] }
    if (results.length !== chosen.length) throw new Error(`${results.length} entries for ${chosen.length} tasks`)
    const wrong = results.map((entry, i) => compare(chosen[i]!, entry)).filter((fault) => fault !== null)
    if (wrong.length > 0) throw new Error(wrong.join('; '))
  }

  async function setUp (): Promise<void> {
    const { status, text } = await client.toNginx(`${url}/setup`, { body: { project: '1.1700000000', schema: labelConfig, hostname: '', access_token: '' } })
    if (status !== 200) throw new Error(`/setup: ${status} ${text.slice(0, 300)}`)
  }

  async function sendEvent (): Promise<void> {
    const { status, text } = await client.toNginx(`${url}/webhook`, { body: { action: 'ANNOTATION_CREATED', annotation: { id: ++annotations, result: [] }, task: { id: annotations }, project: { id: 1 } } })
    if (status === 201) report.events.taken++
    else if (status === 502) report.events.lost++
    else throw new Error(`/webhook: ${status} ${text.slice(0, 300)}`)
  }

  /** @returns what is wrong with it */
  function compare ({ name, gives }: MixedPicture, { result, code }: Entry): string | null {
    const got = code ?? String(countPeople(result ?? []))
    report.outcomes[`${name}: ${got.replace('POSE_ERR_', '')}`] = (report.outcomes[`${name}: ${got.replace('POSE_ERR_', '')}`] ?? 0) + 1
    if (typeof gives === 'string') return got === `POSE_ERR_${gives}` ? null : `${name} gave ${got} and not ${gives}`
    if (got !== String(gives)) return `${name} gave ${got} and not ${gives} people`
    const content = withoutIds(result ?? [])
    const first = firstAnswers.get(name)
    if (first === undefined) firstAnswers.set(name, content)
    return first === undefined || first === content ? null : `${name} gave other points than the first time`
  }

  const done = Promise.all(Array.from({ length: clients }, async () => {
    while (!over.signal.aborted && begun < requests) {
      const turn = ++begun % othersEvery
      const work = turn === 0 ? setUp : turn === 1 ? sendEvent : predict
      await work().then(noteGood, async (error: unknown) => {
        noteFault(describe(error))
        // Failures that come at once would keep everything else from its turn.
        await sleep(50)
      })
      report.requests++
    }
  })).then(() => report)
  t.teardown(() => { over.abort() })
  return {
    report,
    takeLongestGapMs () {
      const longest = Math.max(gapMs, performance.now() - lastGoodAt)
      gapMs = 0
      return longest
    },
    async stop () {
      over.abort()
      return await done
    },
    done
  }
}

/** The people of a prediction have a region each that their points name as their parent. */
function countPeople (result: readonly Region[]): number {
  return result.filter(({ type }) => type === 'rectanglelabels').length
}

/** Regions get new ids each time. */
function withoutIds (result: readonly Region[]): string {
  return JSON.stringify(result.map(({ id, parentID, ...rest }) => rest))
}

function describe (error: unknown): string {
  const { message, cause } = error as Error & { cause?: Error }
  return cause === undefined ? message : `${message} (${cause.message})`
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { EngineLog } from '../inference/create-pose-engine.ts'
import { createTurns } from './create-turns.ts'
import { backOff, Interrupted, mostTries, pagesAtOnce, type Page, type PlanState, type RoundQueue, type RoundWork } from './round-work.ts'

export interface LocalRoundQueueOptions {
  /** Pages begun in a minute. */
  pagesPerMinute: number
  log: Pick<EngineLog, 'warn' | 'error'>
}

/** One round after the other, in this process. */
export function createLocalRoundQueue (work: RoundWork, { pagesPerMinute, log }: LocalRoundQueueOptions): RoundQueue {
  const closing = new AbortController()
  const added = new Set<string>()
  let last = Promise.resolve()
  let nextStart = 0

  async function run (job: string, round: number): Promise<void> {
    let state: PlanState = { after: 0, planned: 0 }
    let hasFailed = false
    const inTurn = createTurns()
    const nextPage = (): Promise<Page | null> => inTurn(async () => {
      const planned = hasFailed ? null : await tryOften(() => work.plan(job, round, state))
      state = planned?.state ?? state
      return planned?.page ?? null
    })

    async function workPages (): Promise<void> {
      for (let page = await nextPage(); page !== null; page = await nextPage()) {
        await waitForStart()
        const current = page
        // There is no process but this one that could have ended with it.
        await tryOften((isLast) => work.work(current, { isLast, deaths: 0 }))
      }
    }

    // All pages in hand come to their end, also when one has failed.
    const lanes = await Promise.allSettled(Array.from({ length: pagesAtOnce }, () => workPages().catch((error: unknown) => {
      hasFailed = true
      throw error
    })))
    const failed = lanes.find((lane) => lane.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    await tryOften(() => work.end(job, round))
  }

  /** Bounds what Label Studio has to take. */
  async function waitForStart (): Promise<void> {
    // Not the time of day, which may be set back by an hour.
    const now = performance.now()
    const start = Math.max(now, nextStart)
    nextStart = start + 60_000 / pagesPerMinute
    await pause(start - now)
  }

  async function pause (ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: closing.signal }).catch(() => { throw new Interrupted() })
  }

  /** @param step told whether it is its last try */
  async function tryOften<T> (step: (isLast: boolean) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      if (closing.signal.aborted) throw new Interrupted()
      try {
        return await step(tries >= mostTries)
      } catch (error) {
        if (error instanceof Interrupted || tries >= mostTries) throw error
        log.warn({ err: error, tries }, 'a part of a job is tried again')
        await pause(backOff(tries))
      }
    }
  }

  return {
    async add (job, round) {
      const name = `${job}/${round}`
      if (added.has(name)) return
      added.add(name)
      last = last.then(() => run(job, round)).catch(async (error: unknown) => {
        if (error instanceof Interrupted) return
        await work.giveUp(job, round, error)
      }).catch((err: unknown) => { log.error({ err, job }, 'the end of a job could not be noted') }).finally(() => { added.delete(name) })
    },
    // Its pages are planned one by one, and the next plan ends it.
    async drop () {},
    beginClose () { closing.abort() },
    async close () {
      closing.abort()
      await last
    }
  }
}

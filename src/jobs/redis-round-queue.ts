/**
 * Rounds and pages in Redis, by BullMQ: all replicas share them, and take over those of a replica that has ended.
 *
 * Three queues. A round plans its pages as its children and waits for them. Pages run beside one another. A page that was in hand
 * when its process ended goes to the suspects, which run alone in their process: whatever runs beside one that ends its process
 * again would share the blame.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { DelayedError, Queue, WaitingChildrenError, Worker, type ConnectionOptions, type Job, type WorkerOptions } from 'bullmq'
import { LRUCache } from 'lru-cache'
import type { EngineLog } from '../inference/create-pose-engine.ts'
import { createWorkerPauses } from './create-worker-pauses.ts'
import { backOff, Interrupted, mostTries, pagesAtOnce, type Page, type PlanState, type RoundQueue, type RoundWork } from './round-work.ts'

export interface RedisRoundQueueOptions {
  /** Waits for Redis as long as it is away. */
  connection: ConnectionOptions
  /** Fails soon instead. */
  prompt: ConnectionOptions
  isConnected: () => boolean
  /** Of all keys; replicas with the same share their work. */
  prefix: string
  /** Pages begun in a minute, by all replicas together. */
  pagesPerMinute: number
  /** Milliseconds after which the page of a replica that is gone goes to another one. */
  takeOverMs: number
  log: Pick<EngineLog, 'warn' | 'error'>
}

interface RoundData { job: string, round: number, state: PlanState, isPlanned: boolean }
interface PageData { page: Page }
/** deaths: how often its process has ended with it. isBegun: it is being worked on, or its process has ended meanwhile. */
interface SuspectData extends PageData { deaths: number, isBegun: boolean }

/** Until work that was put back is tried again. */
const putBackMs = 500
/** A fault comes at least so often while it lasts: an idle worker asks after 5 to 10 s. */
const faultOverMs = 30_000
/** While Redis is away, or nothing is in hand, the close waits no longer than this for BullMQ. */
const idleCloseMs = 5000

export function createRedisRoundQueue (work: RoundWork, { connection, prompt, isConnected, prefix, pagesPerMinute, takeOverMs, log }: RedisRoundQueueOptions): RoundQueue {
  const rounds = new Queue<RoundData>('rounds', { connection: prompt, prefix })
  const pages = new Queue<PageData>('pages', { connection: prompt, prefix })
  const suspects = new Queue<SuspectData>('suspects', { connection: prompt, prefix })
  const once = { attempts: mostTries, backoff: { type: 'custom' }, removeOnComplete: true, removeOnFail: true }
  const common: WorkerOptions = {
    connection,
    prefix,
    lockDuration: takeOverMs,
    stalledInterval: takeOverMs,
    // Who ended with a page is looked at here.
    maxStalledCount: 1000,
    // A pause waits for the end of this sleep, so it must not be half a minute.
    maximumRateLimitDelay: 1000,
    settings: { backoffStrategy: (failures) => backOff(failures) }
  }

  /** Kinds of faults that last, by the first words of their messages; one that has not come for a while is said anew. */
  const warned = new LRUCache<string, true>({ max: 20, ttl: faultOverMs })
  /** Rounds and pages that are worked on. */
  let inHand = 0
  /** Set by beginClose. */
  let paused: Promise<unknown> | null = null

  async function runRound (job: Job<RoundData>, token: string): Promise<void> {
    const { job: id, round } = job.data
    await attempt(job, token, async (isLast) => {
      try {
        await planAll(job)
        if (await job.moveToWaitingChildren(token)) throw new WaitingChildrenError()
        await work.end(id, round)
      } catch (error) {
        if (!isLast || isOfQueue(error)) throw error
        await work.giveUp(id, round, error)
      }
    })
  }

  async function planAll (job: Job<RoundData>): Promise<void> {
    const { job: id, round } = job.data
    let { state } = job.data
    while (!job.data.isPlanned) {
      const planned = await work.plan(id, round, state)
      if (planned !== null) await pages.add('page', { page: planned.page }, asChild(planned.page, { id: job.id!, queue: job.queueQualifiedName }))
      state = planned?.state ?? state
      // A page that is added before this is kept has the same name when it is planned again.
      await job.updateData({ ...job.data, state, isPlanned: planned === null })
    }
  }

  function asChild ({ job, round, name }: Page, parent: { id: string, queue: string }) {
    return { ...once, jobId: `${job}-${round}-${name}`, parent, ignoreDependencyOnFailure: true }
  }

  async function runPage (job: Job<PageData>, token: string): Promise<void> {
    const { page } = job.data
    if (job.stalledCounter > 0) {
      await suspects.add('page', { page, deaths: 1, isBegun: false }, asChild(page, parentOf(job)))
      return
    }
    // Only a page whose process has ended before comes back in parts.
    await attempt(job, token, async (isLast) => { await work.work(page, { isLast, deaths: 0 }) })
  }

  async function runSuspect (job: Job<SuspectData>, token: string): Promise<void> {
    await attempt(job, token, async (isLast) => {
      const { page, isBegun } = job.data
      const deaths = job.data.deaths + (isBegun ? 1 : 0)
      await job.updateData({ page, deaths, isBegun: false })
      try {
        // Waits for the pages in hand; no further ones are taken.
        await pagePauses.hold()
        await job.updateData({ page, deaths, isBegun: true })
        const parts = await work.work(page, { isLast, deaths })
        // Added before this one ends: the round waits for all of them.
        for (const part of parts) await pages.add('page', { page: part }, asChild(part, parentOf(job)))
      } finally {
        // Redis may refuse the one; the pages go on all the same.
        await job.updateData({ page, deaths, isBegun: false }).finally(async () => { if (paused === null) await pagePauses.release() })
      }
    })
  }

  /** Puts a job back where it cannot be done now, or the service closes, which is no failure of it. */
  async function attempt (job: Job, token: string, run: (isLast: boolean) => Promise<void>): Promise<void> {
    inHand++
    try {
      await run(job.attemptsMade + 1 >= mostTries)
    } catch (error) {
      if (error instanceof Interrupted) {
        await job.moveToDelayed(Date.now() + putBackMs, token)
        throw new DelayedError()
      }
      if (!isOfQueue(error)) log.warn({ err: error, tries: job.attemptsMade + 1 }, 'a part of a job is tried again')
      throw error
    } finally {
      inHand--
    }
  }

  const pageWorker = new Worker<PageData>('pages', (job, token) => runPage(job, token!), { ...common, concurrency: pagesAtOnce, limiter: { max: pagesPerMinute, duration: 60_000 } })
  const pagePauses = createWorkerPauses(pageWorker)
  const roundWorker = new Worker<RoundData>('rounds', (job, token) => runRound(job, token!), { ...common, concurrency: 1 })
  const suspectWorker = new Worker<SuspectData>('suspects', (job, token) => runSuspect(job, token!), { ...common, concurrency: 1 })
  const workers = [
    { worker: pageWorker, pauses: pagePauses },
    { worker: roundWorker, pauses: createWorkerPauses(roundWorker) },
    { worker: suspectWorker, pauses: createWorkerPauses(suspectWorker) }
  ]
  // Without a listener a fault would end the process.
  for (const { worker, pauses } of workers) {
    worker.on('error', (err) => {
      pauses.rest()
      warn(err)
    })
  }
  for (const queue of [rounds, pages, suspects]) queue.on('error', warn)

  function warn (err: Error): void {
    // A lost connection comes back by itself, and says so itself.
    if (!isConnected() || 'syscall' in err) return
    const kind = err.message.split(' ', 1)[0]!
    if (!warned.has(kind)) log.warn({ err }, 'Redis refuses the queue of jobs: it is asked again every second')
    warned.set(kind, true)
  }

  /** @returns resolves when nothing is in hand any more */
  function beginClose (): Promise<unknown> {
    paused ??= Promise.all(workers.map(({ pauses }) => pauses.hold().catch((err: unknown) => { log.warn({ err }, 'jobs are closed without Redis') })))
    return paused
  }

  return {
    async add (job, round) {
      await rounds.add('round', { job, round, state: { after: 0, planned: 0 }, isPlanned: false }, { ...once, jobId: `${job}-${round}` })
    },
    async drop (job, round) {
      await (await rounds.getJob(`${job}-${round}`))?.removeUnprocessedChildren()
    },
    beginClose,
    async close () {
      // A close of BullMQ that waits for what is in hand cannot be forced any more once Redis has gone meanwhile, and its timers
      // would stay; so that waiting is a pause. What cannot be put back goes to others when Redis is there again.
      await Promise.race([beginClose(), untilIdle(() => isConnected() && inHand > 0)])
      await Promise.all(workers.map(({ worker }) => worker.close(true)))
      await Promise.all([rounds, pages, suspects].map((queue) => queue.close()))
    }
  }
}

/** Resolves when there has been nothing to wait for for a while: BullMQ's own end may never come then, as after Redis has refused it. */
async function untilIdle (isWaitedFor: () => boolean): Promise<void> {
  for (let idleSince = performance.now(); performance.now() - idleSince < idleCloseMs;) {
    await sleep(100, undefined, { ref: false })
    if (isWaitedFor()) idleSince = performance.now()
  }
}

function parentOf ({ parent }: Job): { id: string, queue: string } {
  return { id: parent!.id!, queue: parent!.queueKey }
}

function isOfQueue (error: unknown): boolean {
  return error instanceof WaitingChildrenError || error instanceof DelayedError || error instanceof Interrupted
}

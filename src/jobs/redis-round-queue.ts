/** Rounds and pages in Redis, by BullMQ: all replicas share them, and take over those of a replica that has ended. */
import type { EventEmitter } from 'node:events'
import { DelayedError, Queue, WaitingChildrenError, Worker, type ConnectionOptions, type Job, type WorkerOptions } from 'bullmq'
import type { EngineLog } from '../inference/create-pose-engine.ts'
import { pagesAtOnce } from './local-round-queue.ts'
import { backOff, Interrupted, mostTries, type Page, type PlanState, type RoundQueue, type RoundWork } from './round-work.ts'

export interface RedisRoundQueueOptions {
  /** Waits for Redis as long as it is away. */
  connection: ConnectionOptions
  /** Fails soon instead. */
  prompt: ConnectionOptions
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

/** Until a page that was put back is tried again. */
const putBackMs = 500

export function createRedisRoundQueue (work: RoundWork, { connection, prompt, prefix, pagesPerMinute, takeOverMs, log }: RedisRoundQueueOptions): RoundQueue {
  const rounds = new Queue<RoundData>('rounds', { connection: prompt, prefix })
  const pages = new Queue<PageData>('pages', { connection: prompt, prefix })
  const once = { attempts: mostTries, backoff: { type: 'custom' }, removeOnComplete: true, removeOnFail: true }
  const common: WorkerOptions = {
    connection,
    prefix,
    lockDuration: takeOverMs,
    stalledInterval: takeOverMs,
    // Who ended with a page is looked at by workPage itself.
    maxStalledCount: 1000,
    settings: { backoffStrategy: (failures) => backOff(failures) }
  }

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
      if (planned !== null) await addPage(planned.page, { id: job.id!, queue: job.queueQualifiedName })
      state = planned?.state ?? state
      // A page that is added before this is kept has the same name when it is planned again.
      await job.updateData({ ...job.data, state, isPlanned: planned === null })
    }
  }

  async function addPage (page: Page, parent: { id: string, queue: string }): Promise<void> {
    await pages.add('page', { page }, { ...once, jobId: `${page.job}-${page.round}-${page.name}`, parent, ignoreDependencyOnFailure: true })
  }

  async function runPage (job: Job<PageData>, token: string): Promise<void> {
    const { page } = job.data
    await attempt(job, token, async (isLast) => {
      const parts = await work.work(page, { isLast, deaths: job.stalledCounter })
      // Added before this one ends: the round waits for all of them.
      for (const part of parts) await addPage(part, { id: job.parent!.id!, queue: job.parent!.queueKey })
    })
  }

  /** Puts a job back where it cannot be done now, or the service closes, which is no failure of it. */
  async function attempt (job: Job, token: string, run: (isLast: boolean) => Promise<void>): Promise<void> {
    try {
      await run(job.attemptsMade + 1 >= mostTries)
    } catch (error) {
      if (error instanceof Interrupted) {
        await job.moveToDelayed(Date.now() + putBackMs, token)
        throw new DelayedError()
      }
      if (!isOfQueue(error)) log.warn({ err: error, tries: job.attemptsMade + 1 }, 'a part of a job is tried again')
      throw error
    }
  }

  const workers = [
    new Worker<RoundData>('rounds', (job, token) => runRound(job, token!), { ...common, concurrency: 1 }),
    new Worker<PageData>('pages', (job, token) => runPage(job, token!), { ...common, concurrency: pagesAtOnce, limiter: { max: pagesPerMinute, duration: 60_000 } })
  ]
  for (const part of [...workers, rounds, pages] as EventEmitter[]) {
    // Lost connections come back by themselves; without a listener they would end the process.
    part.on('error', (err: Error) => { log.warn({ err }, 'the queue of jobs has lost Redis, or was refused by it') })
  }

  return {
    async add (job, round) {
      await rounds.add('round', { job, round, state: { after: 0, planned: 0 }, isPlanned: false }, { ...once, jobId: `${job}-${round}` })
    },
    async close () {
      await Promise.all(workers.map((worker) => worker.close()))
      await Promise.all([rounds.close(), pages.close()])
    }
  }
}

function isOfQueue (error: unknown): boolean {
  return error instanceof WaitingChildrenError || error instanceof DelayedError || error instanceof Interrupted
}

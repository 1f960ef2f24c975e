import { anySignal } from '../any-signal.ts'
import { createPoseError, isPoseError } from '../errors.ts'
import type { EngineLog } from '../inference/create-pose-engine.ts'
import type { LabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import type { JobRecord, JobStore } from './job-store.ts'
import { nextRound } from './next-round.ts'
import { countOpenTasks, readNextTasks } from './open-tasks.ts'
import { removeDoubles } from './remove-doubles.ts'
import { Interrupted, type Page, type PageTry, type PlanState, type RoundQueue, type RoundWork } from './round-work.ts'
import type { TaskPredictor } from './task-predictor.ts'
import { toFailure } from './to-failure.ts'
import { workPage } from './work-page.ts'

export interface RoundWorkOptions {
  client: LabelStudioClient
  store: JobStore
  predictor: TaskPredictor
  log: EngineLog
  /** More failed tasks end a job. */
  mostFailures: number
  /** Where a further round goes. */
  queue: () => RoundQueue
  /** Awaited before anything is asked of Label Studio. */
  prepare?: () => Promise<void>
}

/** Milliseconds for which what was read of a job is taken for true, where it is asked before each task. */
const glanceMs = 1000
/** Failed tasks in one question. */
const failuresAtOnce = 250

export function createRoundWork ({ client, store, predictor, log, mostFailures, queue, prepare = async () => {} }: RoundWorkOptions): RoundWork {
  const closing = new AbortController()
  let glance = { round: '', at: 0, wanted: false }

  /** The job, if the round is still its present one and it has not come to an end. */
  async function readWanted (id: string, round: number): Promise<JobRecord | null> {
    const record = await store.read(id)
    return record !== null && record.round === round && (record.state === 'waiting' || record.state === 'running') ? record : null
  }

  /** @throws PoseError JOB_FAILURES */
  async function look ({ job, round }: Page): Promise<JobRecord | null> {
    const record = await readWanted(job, round)
    if (record !== null) {
      const failed = await store.countFailures(job)
      if (failed > mostFailures) throw createPoseError('JOB_FAILURES', `${failed} so far`)
    }
    glance = { round: `${job}/${round}`, at: performance.now(), wanted: record !== null }
    return record
  }

  async function isWanted (page: Page): Promise<boolean> {
    return glance.round === `${page.job}/${page.round}` && performance.now() - glance.at < glanceMs ? glance.wanted : await look(page) !== null
  }

  async function begin (record: JobRecord): Promise<JobRecord> {
    await healDoubles(record)
    const [open, { done }] = [await countOpenTasks(client, record), await store.counts(record.id)]
    const changes = { state: 'running' as const, startedAt: Date.now(), total: totalOf(record, open, done), doneBefore: done }
    await store.update(record, ['waiting'], changes)
    log.info({ job: record.id, project: record.request.project, tasks: open }, 'a job begins')
    return { ...record, ...changes }
  }

  async function healDoubles ({ id, request, modelVersion }: JobRecord): Promise<void> {
    const doubles = await removeDoubles(client, request.project, modelVersion)
    if (doubles > 0) log.warn({ job: id, doubles }, 'predictions that were stored twice are removed')
  }

  async function plan (id: string, round: number, state: PlanState): Promise<{ page: Page, state: PlanState } | null> {
    const found = await readWanted(id, round)
    if (found === null) return null
    await prepare()
    const record = found.state === 'waiting' ? await begin(found) : found
    const { batch_size: batchSize, limit } = record.request
    // More tasks than there were at the beginning are taken as well, unless the number was bounded.
    const size = limit === null ? batchSize : Math.min(batchSize, record.total - record.doneBefore - state.planned)
    if (size <= 0) return null
    for (let after: number | null = state.after; after !== null;) {
      const next = await readNextTasks(client, record, after, size)
      await store.noteFailures(record, next.missing.map((task) => toFailure(task, createPoseError('TASK_MISSING', `task ${task}`))))
      // Failed tasks that somebody else has seen to.
      if (record.only !== null && next.finished > 0) await store.notePage(record, `finished-${after}`, { done: next.finished, people: 0 })
      if (next.tasks.length > 0) return { page: { job: id, round, name: String(after), tasks: next.tasks }, state: { after: next.after!, planned: state.planned + next.tasks.length } }
      after = next.after
    }
    return null
  }

  async function end (id: string, round: number): Promise<void> {
    const record = await readWanted(id, round)
    if (record === null) return await addAgain(id, round)
    await prepare()
    await healDoubles(record)
    const doneAtEnd = canCount(record) ? await settle(record) : null
    if (doneAtEnd === 'not over') return
    if (await store.update(record, ['running', 'waiting'], { state: 'done', endedAt: Date.now(), doneAtEnd })) {
      log.info({ job: id, ...await store.counts(id), failed: await store.countFailures(id) }, 'a job is done')
    }
  }

  /** The process may have ended between noting a further round and handing it out. */
  async function addAgain (id: string, round: number): Promise<void> {
    const record = await store.read(id)
    if (record !== null && record.round > round && record.endedAt === null) await queue().add(id, record.round)
  }

  /** @returns how many tasks of the job are done, by what Label Studio has not got */
  async function settle (record: JobRecord): Promise<number | 'not over'> {
    const failed = await countOpenFailures(record)
    const [open, { done }] = [await countOpenTasks(client, record), await store.counts(record.id)]
    const left = open - failed
    if (left <= 0) return Math.max(0, record.total - open)
    if (done === record.doneBefore) {
      await giveUp(record.id, record.round, createPoseError('JOB_LEFTOVERS', `${left} tasks`))
      return 'not over'
    }
    log.info({ job: record.id, left }, 'tasks have come meanwhile or were lost on the way: the job goes on')
    const next = await nextRound(store, record, ['running'])
    if (next !== null) await queue().add(record.id, next)
    return 'not over'
  }

  /** Failed tasks that still need a prediction; those that have one by now, from somebody else, are failed no longer. */
  async function countOpenFailures (record: JobRecord): Promise<number> {
    const failed = (await store.failures(record.id, mostFailures)).filter(({ code }) => code !== missingCode).map(({ task }) => task)
    let open = 0
    for (let start = 0; start < failed.length; start += failuresAtOnce) {
      const slice = failed.slice(start, start + failuresAtOnce)
      const { tasks } = await readNextTasks(client, { ...record, only: slice }, 0, failuresAtOnce)
      await store.forgetFailures(record.id, slice.filter((task) => !tasks.includes(task)))
      open += tasks.length
    }
    return open
  }

  async function work (page: Page, attempt: PageTry): Promise<Page[]> {
    try {
      const record = await look(page)
      if (record === null) return []
      await prepare()
      const present = await predictor.modelVersion(anySignal([closing.signal, AbortSignal.timeout(60_000)]))
      if (present !== record.modelVersion) throw createPoseError('JOB_MODEL', `${record.modelVersion}, the present one is ${present}`)
      return await workPage(record, page, attempt, { client, store, predictor, isWanted, closing: closing.signal, onUnexpected: (err, task) => { log.error({ err, task }, 'unexpected error in a task of a job') } })
    } catch (error) {
      // The page is for somebody else, and no try of it has failed.
      if (closing.signal.aborted || (isPoseError(error) && error.errorName === 'SHUTTING_DOWN')) throw new Interrupted()
      const isFinal = isPoseError(error) && error.errorName === 'JOB_FAILURES'
      if (!isFinal && !attempt.isLast) throw error
      await giveUp(page.job, page.round, error)
      return []
    }
  }

  async function giveUp (id: string, round: number, error: unknown): Promise<void> {
    const reason = isPoseError(error) ? error.message : createPoseError('INTERNAL', `job ${id}`).message
    if (await store.update({ id, round }, ['running', 'waiting'], { state: 'failed', endedAt: Date.now(), reason })) log.error({ job: id, err: error }, 'a job has ended before its time')
  }

  return { plan, end, work, giveUp, interrupt () { closing.abort() } }
}

const missingCode = createPoseError('TASK_MISSING', '').code

/**
 * All tasks of a job: those it began with, and where it may take more, those that have come since.
 * @param open that still need a prediction @param done by its pages so far
 */
function totalOf (record: JobRecord, open: number, done: number): number {
  return canCount(record) ? Math.max(record.total, done + open) : record.total
}

/** Whether what is left of a job can be told by a count: not where tasks that have predictions are done again, or some are left on purpose. */
function canCount ({ request, only }: JobRecord): boolean {
  return request.tasks === 'unpredicted' && request.limit === null && only === null
}

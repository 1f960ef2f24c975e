import { createPoseError, isPoseError } from '../errors.ts'
import type { EngineLog } from '../inference/create-pose-engine.ts'
import type { LabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import { countSelectedTasks, readSelectedTasks } from '../label-studio/client/selected-tasks.ts'
import type { JobRecord, JobStore } from './job-store.ts'
import { createPageGate } from './page-gate.ts'
import { removeDoubles } from './remove-doubles.ts'
import { Interrupted, type Page, type PageTry, type PlanState, type RoundQueue, type RoundWork } from './round-work.ts'
import { taskQuery } from './task-query.ts'
import type { TaskPredictor } from './task-predictor.ts'
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
/** Numbers of tasks in one question: they stand in its address. */
const idsAtOnce = 250

export function createRoundWork ({ client, store, predictor, log, mostFailures, queue, prepare = async () => {} }: RoundWorkOptions): RoundWork {
  const closing = new AbortController()
  const gate = createPageGate()
  const glances = new Map<string, { at: number, wanted: Promise<boolean> }>()

  /** The job, if the round is still its present one and it has not come to an end. */
  async function readWanted (id: string, round: number): Promise<JobRecord | null> {
    const record = await store.read(id)
    return record !== null && record.round === round && (record.state === 'waiting' || record.state === 'running') ? record : null
  }

  async function look ({ job, round }: Page): Promise<boolean> {
    const record = await readWanted(job, round)
    if (record === null) return false
    const { failed } = await store.counts(record)
    if (failed > mostFailures) throw createPoseError('JOB_FAILURES', `${failed} so far`)
    return true
  }

  function isWanted (page: Page): Promise<boolean> {
    const known = glances.get(page.job)
    if (known !== undefined && Date.now() - known.at < glanceMs) return known.wanted
    glances.clear()
    const wanted = look(page)
    glances.set(page.job, { at: Date.now(), wanted })
    return wanted
  }

  async function begin (record: JobRecord): Promise<JobRecord> {
    const remaining = await countRemaining(record)
    const { limit } = record.request
    const open = limit === null ? remaining : Math.min(remaining, Math.max(0, limit - record.doneBefore))
    const changes = { state: 'running' as const, startedAt: Date.now(), total: record.doneBefore + open }
    await store.update(record.id, ['waiting'], changes)
    log.info({ job: record.id, project: record.request.project, tasks: open }, 'a job begins')
    return { ...record, ...changes }
  }

  async function countRemaining (record: JobRecord): Promise<number> {
    const ids = record.only ?? record.request.ids
    const query = taskQuery(record)
    if (ids === null) return await countSelectedTasks(client, record.request.project, query)
    let remaining = 0
    for (let start = 0; start < ids.length; start += idsAtOnce) {
      remaining += await countSelectedTasks(client, record.request.project, { ...query, ids: ids.slice(start, start + idsAtOnce) })
    }
    return remaining
  }

  /** The next numbers above `after`; empty: there are none. */
  async function nextTasks (record: JobRecord, after: number, size: number): Promise<number[]> {
    const { request: { project, filter, ids: asked } } = record
    const query = taskQuery(record)
    const ids = record.only ?? asked
    if (ids === null) return (await readSelectedTasks(client, project, { ...query, after }, { size })).map(({ id }) => id)
    for (let start = ids.findIndex((id) => id > after); start >= 0 && start < ids.length; start += size) {
      const slice = ids.slice(start, start + size)
      // The page itself finds out which are there and which are done.
      if (filter === null) return slice
      const tasks = await readSelectedTasks(client, project, { ...query, ids: slice }, { size })
      if (tasks.length > 0) return tasks.map(({ id }) => id)
    }
    return []
  }

  async function plan (id: string, round: number, state: PlanState): Promise<{ page: Page, state: PlanState } | null> {
    const found = await readWanted(id, round)
    if (found === null) return null
    await prepare()
    const record = found.state === 'waiting' ? await begin(found) : found
    const open = Math.max(0, (record.total ?? 0) - record.doneBefore - state.planned)
    // More tasks than there were at the beginning are taken as well, unless the number was bounded.
    const size = record.request.limit === null ? record.request.batch_size : Math.min(record.request.batch_size, open)
    const tasks = size === 0 ? [] : await nextTasks(record, state.after, size)
    if (tasks.length === 0) return null
    return {
      page: { job: id, round, name: String(state.after), tasks },
      state: { after: tasks.at(-1)!, planned: state.planned + tasks.length }
    }
  }

  async function end (id: string, round: number): Promise<void> {
    const record = await readWanted(id, round)
    if (record === null) return
    await prepare()
    const doubles = await removeDoubles(client, record.request.project, record.modelVersion)
    if (doubles > 0) log.warn({ job: id, doubles }, 'predictions that were stored twice are removed')
    const counts = await store.counts(record)
    const left = canCount(record) ? await countRemaining(record) - counts.failed : 0
    if (left > 0) {
      if (counts.done === 0) return await giveUp(id, round, createPoseError('JOB_LEFTOVERS', `${left} tasks`))
      log.info({ job: id, left }, 'tasks have come meanwhile or were lost on the way: the job goes on')
      const next = await nextRound(store, record, ['running'])
      if (next !== null) await queue().add(id, next)
      return
    }
    if (await store.update(id, ['running', 'waiting'], { state: 'done', endedAt: Date.now() })) log.info({ job: id, ...counts }, 'a job is done')
  }

  async function work (page: Page, attempt: PageTry): Promise<Page[]> {
    const record = await readWanted(page.job, page.round)
    if (record === null) return []
    try {
      if (!await look(page)) return []
      await prepare()
      const present = await predictor.modelVersion(AbortSignal.any([closing.signal, AbortSignal.timeout(60_000)]))
      if (present !== record.modelVersion) throw createPoseError('JOB_MODEL', `${record.modelVersion}, the present one is ${present}`)
      return await workPage(record, page, attempt, { client, store, predictor, isWanted, closing: closing.signal, onUnexpected: (err, task) => { log.error({ err, task }, 'unexpected error in a task of a job') } })
    } catch (error) {
      // The page is for somebody else, and no try of it has failed.
      if (closing.signal.aborted || (isPoseError(error) && error.errorName === 'SHUTTING_DOWN')) throw new Interrupted()
      const isFinal = isPoseError(error) && error.errorName === 'JOB_FAILURES'
      if (!(isFinal || (attempt.isLast && isPoseError(error)))) throw error
      await giveUp(page.job, page.round, error)
      return []
    }
  }

  return {
    plan,
    end,
    async work (page, attempt) {
      const leave = gate.enter(attempt.deaths > 0)
      if (leave === null) throw new Interrupted()
      return await work(page, attempt).finally(leave)
    },
    giveUp,
    interrupt () { closing.abort() }
  }

  async function giveUp (id: string, round: number, error: unknown): Promise<void> {
    if (await readWanted(id, round) === null) return
    const reason = isPoseError(error) ? error.message : createPoseError('INTERNAL', `job ${id}`).message
    log.error({ job: id, err: error }, 'a job has ended before its time')
    await store.update(id, ['running', 'waiting'], { state: 'failed', endedAt: Date.now(), reason })
  }
}

/** Whether what is left of a job can be told by a count: not where tasks that have predictions are done again, or some are left on purpose. */
function canCount ({ request, only }: JobRecord): boolean {
  return request.tasks === 'unpredicted' && request.limit === null && only === null
}

/**
 * Begins the next round of a job that is in one of these states.
 * @param only tasks that it is for; null: all that the request means
 * @returns its number; null: the job has come to another state meanwhile
 */
export async function nextRound (store: JobStore, record: JobRecord, states: ReadonlyArray<JobRecord['state']>, only: number[] | null = null, changes: Partial<JobRecord> = {}): Promise<number | null> {
  const { done, people } = await store.counts(record)
  const round = record.round + 1
  const updated = await store.update(record.id, states, {
    ...changes, round, only, state: 'waiting', reason: null, startedAt: null, endedAt: null, doneBefore: record.doneBefore + done, peopleBefore: record.peopleBefore + people
  })
  if (!updated) return null
  await store.forgetRound(record)
  return round
}

import { setTimeout as sleep } from 'node:timers/promises'
import { createPoseError, isPoseError, type PoseError } from '../errors.ts'
import type { LabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import { readProject } from '../label-studio/client/projects.ts'
import { removePredictions } from '../label-studio/client/predictions.ts'
import { readSelectedTasks } from '../label-studio/client/selected-tasks.ts'
import { chooseLabels } from '../label-studio/choose-labels.ts'
import type { LabelledTask } from '../label-studio/labelled-task.ts'
import { inLanes } from '../inference/in-lanes.ts'
import { faultKind } from './fault-kind.ts'
import type { JobRecord, JobStore, PageCounts } from './job-store.ts'
import { needsPredictions, sortPredictions } from './sort-predictions.ts'
import { Interrupted, type Page, type PageTry } from './round-work.ts'
import type { TaskPredictor } from './task-predictor.ts'
import { toFailure } from './to-failure.ts'
import { writePredictions, type WrittenTask } from './write-predictions.ts'

export interface PageContext {
  client: LabelStudioClient
  store: JobStore
  predictor: TaskPredictor
  /** Whether the job still wants this page; asked before each task. */
  isWanted (page: Page): Promise<boolean>
  /** Aborts when the service closes: pictures in hand are finished and written, no further ones are begun. */
  closing: AbortSignal
  /** Told of errors that are none of ours; the task gets INTERNAL. */
  onUnexpected (error: unknown, task: number): void
}

/** A page whose process has ended this often is taken apart, to find the picture that does it. */
const mostDeaths = 2
const partsOfPage = 10
/** Milliseconds before each further try of pictures that could not be had. */
const waits = [1000, 4000]
/** Predictions are written when this much has come together: a crowd has 4 MB by itself. */
const mostTasksToWrite = 50
const mostBytesToWrite = 4 * 1024 * 1024

/**
 * Gives each task of a page its prediction, or notes why it cannot have one. What is done already, by an earlier try or by
 * somebody else, is left alone, so that a page may be worked on any number of times.
 * @returns parts to be worked on in place of a page that has ended its process before
 * @throws PoseError for faults of Label Studio or the model; Interrupted when the service closes
 */
export async function workPage (job: JobRecord, page: Page, { deaths }: Pick<PageTry, 'deaths'>, context: PageContext): Promise<Page[]> {
  try {
    return await work(job, page, deaths, context)
  } catch (error) {
    if (error instanceof Unwanted) return []
    throw error
  }
}

async function work (job: JobRecord, page: Page, deaths: number, context: PageContext): Promise<Page[]> {
  const { client, store, predictor, closing } = context
  const { project } = job.request
  if (deaths >= mostDeaths) {
    if (page.tasks.length > 1) {
      // Its parts find done what it has done.
      await store.notePage(job, page.name, { done: 0, people: 0 })
      return splitPage(page)
    }
    const error = createPoseError('WORKER_DIED', `task ${page.tasks[0]}, with the whole service`)
    await store.noteFailures(job, [toFailure(page.tasks[0]!, error)])
    return []
  }
  // Not cut off by the closing: what has been estimated is written.
  const open = new AbortController().signal
  const { label_config: labelConfig } = await readProject(client, project)
  const own = await readOpenTasks(job, page, context)
  const counts: PageCounts = { done: own.done, people: (await store.readPage(job, page.name))?.people ?? 0 }
  let ready: WrittenTask[] = []
  let writing: Promise<void> = Promise.resolve()

  function write (): Promise<void> {
    const batch = ready
    ready = []
    writing = writing.then(async () => {
      if (batch.length === 0) return
      const refused = await writePredictions(client, job, batch, open)
      counts.done += batch.length - refused.size
      counts.people += batch.reduce((sum, { task, people }) => sum + (refused.has(task) ? 0 : people), 0)
      await store.noteFailures(job, [...refused].map((task) => toFailure(task, createPoseError('PREDICTION_REFUSED', `task ${task}`))))
      await store.forgetFailures(job.id, batch.flatMap(({ task }) => refused.has(task) ? [] : task))
      await store.notePage(job, page.name, counts)
    })
    return writing
  }

  /** The task's prediction waits to be written; or else why it has none. @throws PoseError that all tasks would meet */
  async function predict (task: LabelledTask): Promise<{ error: PoseError, mayPass: boolean } | null> {
    try {
      const boxes = job.request.boxes === 'annotations' ? chooseLabels(task, 'annotations')?.result ?? null : null
      const predicted = await predictor.predictTask(task, { project, labelConfig: labelConfig ?? '', boxes }, open)
      ready.push({ ...predicted, task: task.id, replaced: sortPredictions(job, task).replaced })
      return null
    } catch (error) {
      const kind = faultKind(error)
      if (kind === 'all') throw error
      if (isPoseError(error)) return { error, mayPass: kind === 'passing' }
      context.onUnexpected(error, task.id)
      return { error: createPoseError('INTERNAL', `task ${task.id}`), mayPass: false }
    }
  }

  /** @returns the tasks whose pictures may be there at a later try */
  async function predictAll (tasks: readonly LabelledTask[]): Promise<FailedTry[]> {
    const again: FailedTry[] = []
    let fault: unknown = null
    await inLanes(tasks, predictor.tasksAtOnce, async (task) => {
      if (fault !== null) return
      try {
        if (closing.aborted) throw new Interrupted()
        if (!await context.isWanted(page)) throw new Unwanted()
        const failure = await predict(task)
        if (failure?.mayPass) again.push({ task, error: failure.error })
        else if (failure !== null) await store.noteFailures(job, [toFailure(task.id, failure.error)])
        if (ready.length >= mostTasksToWrite || ready.reduce((sum, { prediction }) => sum + prediction.length, 0) >= mostBytesToWrite) await write()
      } catch (error) {
        fault = error
      }
    })
    // What has been estimated is not lost with the others.
    await write()
    if (fault !== null) throw fault
    return again
  }

  let failed = await predictAll(own.tasks)
  for (const wait of waits) {
    if (failed.length === 0) break
    await sleep(wait, undefined, { signal: closing }).catch(() => { throw new Interrupted() })
    // Pictures that lie in a Label Studio that is away are not at fault: the page is tried again later. Asked before each try and not
    // only after the last, or a Label Studio that comes back just then would leave them failed.
    await readProject(client, project)
    failed = await predictAll(failed.map(({ task }) => task))
  }
  if (failed.length > 0) await readProject(client, project)
  await store.noteFailures(job, failed.map(({ task, error }) => toFailure(task.id, error)))
  await store.notePage(job, page.name, counts)
  return []
}

interface FailedTry { task: LabelledTask, error: PoseError }

/** The job was cancelled or has ended meanwhile. */
class Unwanted extends Error {}

/** What of a page is still to be done, and how much is done already. Tasks that are not there any more are noted as failed. */
async function readOpenTasks (job: JobRecord, page: Page, { client, store }: PageContext): Promise<{ tasks: LabelledTask[], done: number }> {
  const { request: { project, boxes }, modelVersion } = job
  const failed = await store.failedAmong(job, page.tasks)
  const ids = page.tasks.filter((id) => !failed.has(id))
  const isWhole = needsPredictions(job)
  // Where predictions are removed, also tasks that are done are looked at: an earlier try may have ended between storing and removing.
  const found = await readSelectedTasks(client, project, { ids, ...(!isWhole && { withoutVersion: modelVersion }) }, { size: ids.length, fields: isWhole || boxes === 'annotations' ? 'all' : 'task_only' })
  const tasks: LabelledTask[] = []
  for (const task of found) {
    const { made, replaced } = isWhole ? sortPredictions(job, task) : { made: [], replaced: [] }
    if (made.length === 0) tasks.push(task)
    else await removePredictions(client, replaced)
  }
  const missing = found.length === ids.length ? [] : await findMissing(client, project, ids)
  await store.noteFailures(job, missing.map((task) => toFailure(task, createPoseError('TASK_MISSING', `task ${task}`))))
  return { tasks, done: ids.length - missing.length - tasks.length }
}

async function findMissing (client: LabelStudioClient, project: number, ids: readonly number[]): Promise<number[]> {
  const there = new Set((await readSelectedTasks(client, project, { ids }, { size: ids.length })).map(({ id }) => id))
  return ids.filter((id) => !there.has(id))
}

function splitPage ({ tasks, name, ...page }: Page): Page[] {
  const size = Math.ceil(tasks.length / partsOfPage)
  return Array.from({ length: Math.ceil(tasks.length / size) }, (_, part) => ({ ...page, name: `${name}.${part}`, tasks: tasks.slice(part * size, (part + 1) * size) }))
}

import { randomUUID } from 'node:crypto'
import { createPoseError } from '../errors.ts'
import type { EngineLog } from '../inference/create-pose-engine.ts'
import { explainFault, type LabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import type { Traces } from '../traces/traces.ts'
import { probeLabelStudio } from '../label-studio/client/probe-label-studio.ts'
import { readProject } from '../label-studio/client/projects.ts'
import { createRoundWork } from './create-round-work.ts'
import type { JobEngine } from './job-engine.ts'
import { nextRound } from './next-round.ts'
import { countOpenTasks } from './open-tasks.ts'
import { toJobRequest } from './job-request.ts'
import type { JobRecord, JobStore } from './job-store.ts'
import type { Job } from './job.ts'
import type { RoundQueue, RoundWork } from './round-work.ts'
import type { TaskPredictor } from './task-predictor.ts'
import { traceRoundWork } from './trace-round-work.ts'

export interface JobEngineOptions {
  client: LabelStudioClient
  predictor: TaskPredictor
  store: JobStore
  createQueue: (work: RoundWork) => RoundQueue
  /** Tasks of a page where a request says nothing. */
  batchSize: number
  /** More failed tasks end a job. */
  mostFailures: number
  log: EngineLog
  traces: Traces
  /** Awaited before anything is asked of Label Studio. */
  prepare?: () => Promise<void>
}

/** Failures that are shown of a job where nobody asks for more. */
const shownFailures = 100
const probeTimeoutMs = 5000
/** Label Studio's clock is known to about a second. What was made right before a job must not pass for its own; the other way round costs a picture. */
const clockDoubtMs = 1000

export function createJobEngine ({ client, predictor, store, createQueue, batchSize, mostFailures, log, traces, prepare }: JobEngineOptions): JobEngine {
  const work = traceRoundWork(createRoundWork({ client, store, predictor, log, mostFailures, queue: () => queue, ...(prepare && { prepare }) }), traces)
  const queue = createQueue(work)

  async function find (id: string): Promise<JobRecord> {
    const record = await store.read(id)
    if (record === null) throw createPoseError('JOB_NOT_FOUND', id)
    return record
  }

  async function view (record: JobRecord, failures: number): Promise<Job> {
    const [counts, failed, shown] = await Promise.all([store.counts(record.id), store.countFailures(record.id), failures === 0 ? [] : store.failures(record.id, failures)])
    const done = record.doneAtEnd ?? Math.min(counts.done, record.total)
    const seconds = record.startedAt === null ? 0 : ((record.endedAt ?? Date.now()) - record.startedAt) / 1000
    const rate = done > record.doneBefore && seconds > 0 ? (done - record.doneBefore) / seconds : null
    const left = Math.max(0, record.total - done - failed)
    return {
      id: record.id,
      project: record.request.project,
      state: record.state,
      reason: record.reason,
      model_version: record.modelVersion,
      total: record.total,
      done,
      failed,
      people: counts.people,
      rate,
      seconds_left: rate === null || record.endedAt !== null ? null : left / rate,
      created_at: toTime(record.createdAt)!,
      started_at: toTime(record.startedAt),
      ended_at: toTime(record.endedAt),
      failures: shown
    }
  }

  async function show (id: string): Promise<Job> {
    return await view(await find(id), shownFailures)
  }

  async function beginNext (id: string, what: string, signal: AbortSignal, chooseTasks: (record: JobRecord) => Promise<number[] | null>): Promise<Job> {
    const record = await find(id)
    if (record.endedAt === null) throw createPoseError('JOB_STATE', `${record.state}, ${what}`)
    const changes = { only: await chooseTasks(record), modelVersion: await predictor.modelVersion(signal) }
    const round = await store.alone(async () => {
      await refuseSecond(record.request.project)
      const next = await nextRound(store, record, ['cancelled', 'failed', 'done'], changes)
      // All of them are tried again; a job that they have ended would end at once otherwise.
      if (next !== null) await store.forgetAllFailures(id)
      return next
    })
    if (round === null) throw createPoseError('JOB_STATE', 'it was begun again at the same time')
    await queue.add(id, round)
    return await show(id)
  }

  /** Milliseconds that Label Studio's clock is ahead of ours; 0 where it does not tell. @throws PoseError LABEL_STUDIO_UNREACHABLE */
  async function readClockAhead (signal: AbortSignal): Promise<number> {
    try {
      return (await probeLabelStudio(client.url, probeTimeoutMs, signal)).clockAheadMs ?? 0
    } catch (error) {
      signal.throwIfAborted()
      throw explainFault(error, client.url, probeTimeoutMs)
    }
  }

  /** Two jobs of one project would do the same tasks twice. */
  async function refuseSecond (project: number): Promise<void> {
    const active = (await store.list()).find((record) => record.request.project === project && record.endedAt === null)
    if (active === undefined) return
    // Its round may never have been handed out, if the service ended at the wrong moment; then nobody would ever begin it.
    await queue.add(active.id, active.round)
    throw createPoseError('JOB_ACTIVE', `project ${project}, job ${active.id}`)
  }

  function beginClose (): void {
    work.interrupt()
    queue.beginClose()
  }

  return {
    async create (body, signal) {
      const request = toJobRequest(body, batchSize)
      await prepare?.()
      const now = Date.now()
      const record: JobRecord = {
        id: randomUUID(),
        request,
        state: 'waiting',
        round: 1,
        modelVersion: '',
        reason: null,
        total: 0,
        doneBefore: 0,
        doneAtEnd: null,
        createdAt: now,
        startedAt: null,
        endedAt: null,
        since: 0,
        only: null
      }
      await refuseSecond(request.project)
      const { label_config: labelConfig } = await readProject(client, request.project)
      record.modelVersion = await predictor.modelVersion(signal)
      await predictor.checkLabelConfig(labelConfig ?? '', signal)
      // A filter that Label Studio does not know is refused here, and not after many tries in the background.
      record.total = Math.min(await countOpenTasks(client, record, signal), request.limit ?? Infinity)
      // Elsewhere nothing depends on when a prediction was made.
      if (request.tasks === 'all') record.since = now + await readClockAhead(signal) + clockDoubtMs
      await store.alone(async () => {
        await refuseSecond(request.project)
        await store.add(record)
      })
      await queue.add(record.id, record.round)
      return await view(record, 0)
    },
    async list () { return await Promise.all((await store.list()).map((record) => view(record, 0))) },
    async read (id, { failures = shownFailures } = {}) { return await view(await find(id), failures) },
    async cancel (id) {
      const record = await find(id)
      if (!await store.update(record, ['waiting', 'running'], { state: 'cancelled', endedAt: Date.now() })) throw createPoseError('JOB_STATE', `${record.state}, only one that is waiting or running can be cancelled`)
      await queue.drop(id, record.round)
      return await show(id)
    },
    resume: (id, signal) => beginNext(id, 'only one that is at an end can be resumed', signal, async () => null),
    retryFailed: (id, signal) => beginNext(id, 'only one that is at an end can be repeated', signal, async (record) => {
      const failures = await store.failures(record.id, Infinity)
      if (failures.length === 0) throw createPoseError('JOB_STATE', 'it has no failed tasks')
      return failures.map(({ task }) => task)
    }),
    // Without Redis there are no others.
    async noteToken () {},
    beginClose,
    async close () {
      beginClose()
      await queue.close()
    }
  }
}

function toTime (ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}

import { randomUUID } from 'node:crypto'
import { createPoseError } from '../errors.ts'
import type { EngineLog } from '../inference/create-pose-engine.ts'
import type { LabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import { probeLabelStudio } from '../label-studio/client/probe-label-studio.ts'
import { readProject } from '../label-studio/client/projects.ts'
import { createRoundWork, nextRound } from './create-round-work.ts'
import type { JobEngine } from './job-engine.ts'
import { toJobRequest } from './job-request.ts'
import type { JobRecord, JobStore } from './job-store.ts'
import type { Job, JobState } from './job.ts'
import type { RoundQueue, RoundWork } from './round-work.ts'
import type { TaskPredictor } from './task-predictor.ts'

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
  /** Awaited before anything is asked of Label Studio. */
  prepare?: () => Promise<void>
}

/** Failures that are shown of a job where nobody asks for more. */
const shownFailures = 100
const probeTimeoutMs = 5000

export function createJobEngine ({ client, predictor, store, createQueue, batchSize, mostFailures, log, prepare }: JobEngineOptions): JobEngine {
  const work = createRoundWork({ client, store, predictor, log, mostFailures, queue: () => queue, ...(prepare && { prepare }) })
  const queue = createQueue(work)

  async function find (id: string): Promise<JobRecord> {
    const record = await store.read(id)
    if (record === null) throw createPoseError('JOB_NOT_FOUND', id)
    return record
  }

  async function view (record: JobRecord, failures: number): Promise<Job> {
    const [counts, shown] = await Promise.all([store.counts(record), failures === 0 ? [] : store.failures(record, failures)])
    const done = record.doneBefore + counts.done
    const seconds = record.startedAt === null ? 0 : ((record.endedAt ?? Date.now()) - record.startedAt) / 1000
    const rate = counts.done > 0 && seconds > 0 ? (counts.done + counts.failed) / seconds : null
    const left = record.total === null ? null : Math.max(0, record.total - done - counts.failed)
    return {
      id: record.id,
      project: record.request.project,
      state: record.state,
      reason: record.reason,
      model_version: record.modelVersion,
      total: record.total,
      done,
      failed: counts.failed,
      people: record.peopleBefore + counts.people,
      rate,
      seconds_left: rate === null || left === null || record.endedAt !== null ? null : left / rate,
      created_at: toTime(record.createdAt)!,
      started_at: toTime(record.startedAt),
      ended_at: toTime(record.endedAt),
      failures: shown
    }
  }

  async function show (id: string): Promise<Job> {
    return await view(await find(id), shownFailures)
  }

  async function beginNext (id: string, states: JobState[], what: string, signal: AbortSignal, chooseTasks: (record: JobRecord) => Promise<number[] | null>): Promise<Job> {
    const record = await find(id)
    if (!states.includes(record.state)) throw createPoseError('JOB_STATE', `${record.state}, ${what}`)
    await refuseSecond(record.request.project)
    const only = await chooseTasks(record)
    const round = await nextRound(store, record, states, only, { modelVersion: await predictor.modelVersion(signal) })
    if (round === null) throw createPoseError('JOB_STATE', 'it was begun again at the same time')
    await queue.add(id, round)
    return await show(id)
  }

  /** Two jobs of one project would do the same tasks twice. */
  async function refuseSecond (project: number): Promise<void> {
    const active = (await store.list()).find((record) => record.request.project === project && record.endedAt === null)
    if (active !== undefined) throw createPoseError('JOB_ACTIVE', `project ${project}, job ${active.id}`)
  }

  return {
    async create (body, signal) {
      const request = toJobRequest(body, batchSize)
      await prepare?.()
      await refuseSecond(request.project)
      const { label_config: labelConfig } = await readProject(client, request.project)
      const modelVersion = await predictor.modelVersion(signal)
      await predictor.checkLabelConfig(labelConfig ?? '', signal)
      const { clockAheadMs } = await probeLabelStudio(client.url, probeTimeoutMs, signal)
      const now = Date.now()
      const record: JobRecord = {
        id: randomUUID(),
        request,
        state: 'waiting',
        round: 1,
        modelVersion,
        reason: null,
        total: null,
        doneBefore: 0,
        peopleBefore: 0,
        createdAt: now,
        startedAt: null,
        endedAt: null,
        since: now + (clockAheadMs ?? 0),
        only: null
      }
      await store.add(record)
      await queue.add(record.id, record.round)
      return await view(record, 0)
    },
    async list () { return await Promise.all((await store.list()).map((record) => view(record, 0))) },
    async read (id, { failures = shownFailures } = {}) { return await view(await find(id), failures) },
    async cancel (id) {
      const record = await find(id)
      if (!await store.update(id, ['waiting', 'running'], { state: 'cancelled', endedAt: Date.now() })) throw createPoseError('JOB_STATE', `${record.state}, only one that is waiting or running can be cancelled`)
      return await show(id)
    },
    resume: (id, signal) => beginNext(id, ['cancelled', 'failed', 'done'], 'only one that is at an end can be resumed', signal, async () => null),
    retryFailed: (id, signal) => beginNext(id, ['cancelled', 'failed', 'done'], 'only one that is at an end can be repeated', signal, async (record) => {
      const failures = await store.failures(record, mostFailures)
      if (failures.length === 0) throw createPoseError('JOB_STATE', 'it has no failed tasks')
      return failures.map(({ task }) => task)
    }),
    // Without Redis there are no others.
    async noteToken () {},
    async close () {
      work.interrupt()
      await queue.close()
    }
  }
}

function toTime (ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}

import { setImmediate } from 'node:timers/promises'
import { anySignal } from '../any-signal.ts'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import { createPoseError, isPoseError, type PoseError } from '../errors.ts'
import type { EstimateOptions, Priority } from '../inference/pose-engine.ts'
import type { LabelConfigPlanner } from '../label-studio/label-config-planner.ts'
import { readNumber } from '../label-studio/read-number.ts'
import { shortFormPictures, toShortPrediction, type PictureTimes } from '../label-studio/short-form.ts'
import type { PredictRequest, Task } from '../label-studio/task-schema.ts'
import { toPrediction, type AnsweredPicture } from '../label-studio/to-prediction.ts'
import type { PictureSource } from '../media/picture-loader.ts'
import { inLanes } from '../inference/in-lanes.ts'
import type { AnswerShare } from './answer-budget.ts'
import type { SourceEstimate } from './estimate-source.ts'
import { listWantedPictures } from './list-wanted-pictures.ts'
import type { PredictAnswer } from './pose-service.ts'

export interface PredictTasksOptions {
  planner: LabelConfigPlanner
  estimate: (source: PictureSource, options: EstimateOptions) => Promise<SourceEstimate>
  keypointSet: KeypointSet
  modelVersion: string
  shortModelVersion: string
  /** That of the service, 0..1; the short form tells it. */
  confidenceThreshold: number
  keypointSize: number
  maxPeople: number
  /** Most tasks of the request, and most pages of a task. */
  maxTasks: number
  /** What the answer may hold. */
  answer: Pick<AnswerShare, 'take' | 'hold'>
  /** Aborts when the time of the request has run out. */
  budget: AbortSignal
  /** Tasks of one request in hand at once: enough to keep all workers busy, while the rest holds no memory. */
  tasksAtOnce: number
  /** Told of errors that are none of ours; the task gets INTERNAL. */
  onUnexpected: (error: unknown) => void
  /** Told of each task that failed. */
  onFailed: (failure: FailedTask) => void
  /** By default that of the request: annotators first, then single tasks, then many. */
  priority?: Priority
  /** Regions of an annotation: where people are drawn in them, the detector does not look. */
  drawn?: unknown
}

export interface FailedTask {
  /** null: the request has none, or none that is a number. */
  task: number | null
  project: number | null
  error: PoseError
}

/** Pages of one task in hand at once. */
const pagesAtOnce = 2
/** Most regions of one task: 32 MB of text, and several times as much while it is made. */
const mostRegions = 120_000

/**
 * Answers one /predict: an entry per task, in order, whatever happens to single tasks.
 * A task without an answer becomes `{"error", "code"}` without `result`: Label Studio stores nothing for it and asks
 * again next time, while an empty `result` counts as predicted.
 * Takes the tasks out of `request.tasks` as they are done: their pictures may be in them.
 * @throws PoseError for failures of the whole request, and for a failed interactive one (nobody would see the entry)
 */
export async function predictTasks (request: PredictRequest, clientSignal: AbortSignal, options: PredictTasksOptions): Promise<PredictAnswer> {
  const { label_config: xml, params } = request
  const tasks: Array<Task | null> = request.tasks
  const { budget } = options
  const failure = new AbortController()
  const signal = anySignal([clientSignal, budget, failure.signal])

  const plan = xml ? options.planner.plan(xml, options.keypointSet) : shortFormPictures()
  const context = params?.context ?? null
  const interactive = context !== null
  const priority = options.priority ?? (interactive ? 'interactive' : tasks.length === 1 ? 'single' : 'batch')
  // Predictions for Label Studio carry the version of the service, which says with which threshold they were made.
  const confidenceThreshold = xml ? undefined : params?.confidence_threshold ?? undefined
  const project = readNumber(request.project)
  const basicAuth = params?.login && params.password ? { user: params.login, password: params.password } : null

  const answer: PredictAnswer = { entries: new Array<Buffer>(tasks.length), people: 0, failed: 0 }
  /** Why no further task is begun. */
  let full: string | null = null

  async function answerTask (task: Task | null): Promise<Buffer> {
    const wanted = listWantedPictures(task?.data, plan, { ...options, context })
    // Pages are stored together or not at all: the others need not go on when one has failed.
    const taskFailure = new AbortController()
    const taskSignal = wanted.length > 1 ? anySignal([signal, taskFailure.signal]) : signal
    const pictures = new Array<AnsweredPicture & { times: PictureTimes }>(wanted.length)
    try {
      await inLanes(wanted, pagesAtOnce, async ({ plan, address, itemIndex, boxSource }, number) => {
        const { width, height, people, times, fetchMs, isKnown } = await options.estimate({ address, basicAuth, owner: { task: readNumber(task?.id), project } }, { boxSource, confidenceThreshold, priority, signal: taskSignal })
        pictures[number] = { plan, itemIndex, width, height, people, times: { ...times, fetchMs, isKnown } }
      })
    } catch (error) {
      taskFailure.abort()
      throw error
    }
    if (wanted.length > 1 && countRegions(pictures) > mostRegions) throw createPoseError('TOO_MANY_PAGES', `${wanted.length} with more than ${mostRegions} regions together`)
    const prediction = xml ? toPrediction(pictures, options) : toShortPrediction(pictures[0], { ...options, modelVersion: options.shortModelVersion })
    const entry = Buffer.from(JSON.stringify(prediction))
    const refusal = options.answer.take(entry.length)
    if (refusal !== null) {
      full = refusal
      throw createPoseError('NEXT_CALL', refusal)
    }
    answer.people += pictures.reduce((sum, { people }) => sum + people.length, 0)
    return entry
  }

  async function run (number: number): Promise<void> {
    // Lanes of tasks that fail at once would otherwise keep the event loop to themselves.
    await setImmediate()
    try {
      if (signal.aborted) throw createPoseError('CANCELLED', 'before it began')
      if (full !== null) throw createPoseError('NEXT_CALL', full)
      answer.entries[number] = await answerTask(tasks[number]!)
    } catch (cause) {
      const error = explain(cause, `task ${number + 1} of ${tasks.length}`)
      if (interactive) throw error
      answer.failed++
      answer.entries[number] = toFailedEntry(error)
      options.answer.hold(answer.entries[number].length)
      options.onFailed({ task: readNumber(tasks[number]?.id), project, error })
    }
    tasks[number] = null
  }

  function explain (cause: unknown, which: string): PoseError {
    if (isPoseError(cause)) return cause.errorName === 'CANCELLED' && budget.aborted ? createPoseError('TIME_BUDGET', which) : cause
    options.onUnexpected(cause)
    return createPoseError('INTERNAL', which)
  }

  const taken = Math.min(tasks.length, options.maxTasks)
  const left = toFailedEntry(createPoseError('NEXT_CALL', `a request has at most ${options.maxTasks} tasks, see MAX_TASKS`))
  answer.entries.fill(left, taken)
  answer.failed = tasks.length - taken
  try {
    await inLanes(Array.from({ length: taken }, (_, number) => number), options.tasksAtOnce, run)
  } catch (error) {
    failure.abort()
    throw error
  }
  return answer
}

/** Of all people, as if every point were found. */
function countRegions (pictures: readonly AnsweredPicture[]): number {
  return pictures.reduce((sum, { plan, people }) => sum + people.length * (plan.keypoints.length + plan.skeletons.length + 1), 0)
}

function toFailedEntry ({ message, code }: PoseError): Buffer {
  return Buffer.from(JSON.stringify({ error: message, code }))
}

import { setMaxListeners } from 'node:events'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { BoxSource } from '../../workers/protocol.ts'
import { createPoseError, isPoseError, type PoseError } from '../errors.ts'
import type { Priority, PictureEstimate } from '../inference/pose-engine.ts'
import type { ControlPlan, PicturePlan } from '../label-studio/control-plan.ts'
import type { LabelConfigPlanner } from '../label-studio/label-config-planner.ts'
import { readPrompt } from '../label-studio/read-prompt.ts'
import { shortFormPictures, toShortPrediction } from '../label-studio/short-form.ts'
import { findTaskImages } from '../label-studio/task-image.ts'
import type { PredictRequest, Task } from '../label-studio/task-schema.ts'
import { toPrediction, type AnsweredPicture } from '../label-studio/to-prediction.ts'
import type { PictureSource } from '../media/picture-loader.ts'
import type { PredictAnswer } from './pose-service.ts'

export interface PredictTasksOptions {
  planner: LabelConfigPlanner
  estimate: (source: PictureSource, options: { boxSource: BoxSource, priority: Priority, signal: AbortSignal }) => Promise<PictureEstimate>
  keypointSet: KeypointSet
  modelVersion: string
  shortModelVersion: string
  keypointSize: number
  maxPeople: number
  budgetMs: number
  /** Tasks of one request in hand at once: enough to keep all workers busy, while the rest holds no memory. */
  tasksAtOnce: number
}

/**
 * Answers one /predict: an entry per task, in order, whatever happens to single tasks.
 * A task without an answer becomes `{"error", "code"}` without `result`: Label Studio stores nothing for it and asks
 * again next time, while an empty `result` counts as predicted.
 * @throws PoseError for failures of the whole request, and for a failed interactive one (nobody would see the entry)
 */
export async function predictTasks (request: PredictRequest, clientSignal: AbortSignal, options: PredictTasksOptions): Promise<PredictAnswer> {
  const { tasks, label_config: xml, params } = request
  const budget = AbortSignal.timeout(options.budgetMs)
  const signal = AbortSignal.any([clientSignal, budget])
  // One listener per waiting picture is expected here, not a leak.
  setMaxListeners(0, signal)

  const plan = xml ? options.planner.plan(xml, options.keypointSet) : shortFormPictures()
  const context = params?.context ?? null
  const interactive = context !== null
  const priority: Priority = interactive ? 'interactive' : tasks.length === 1 ? 'single' : 'batch'
  const basicAuth = params?.login && params.password ? { user: params.login, password: params.password } : null

  const answer: PredictAnswer = { entries: new Array<string>(tasks.length), people: 0, failed: 0 }

  async function answerTask (task: Task): Promise<string> {
    const wanted = listPictures(task, plan, context, options.maxPeople)
    const pictures: AnsweredPicture[] = await Promise.all(wanted.map(async ({ plan, address, itemIndex, boxSource }) => {
      const { width, height, people } = await options.estimate({ address, basicAuth }, { boxSource, priority, signal })
      answer.people += people.length
      return { plan, itemIndex, width, height, people }
    }))
    if (xml) return JSON.stringify(toPrediction(pictures, options))
    return JSON.stringify(toShortPrediction(pictures[0], { keypointSet: options.keypointSet, modelVersion: options.shortModelVersion }))
  }

  async function run (number: number): Promise<void> {
    try {
      if (signal.aborted) throw createPoseError('CANCELLED', 'before it began')
      answer.entries[number] = await answerTask(tasks[number]!)
    } catch (cause) {
      const error = explain(cause, budget.aborted, number, tasks.length)
      if (interactive) throw error
      answer.failed++
      answer.entries[number] = JSON.stringify({ error: error.message, code: error.code })
    }
  }

  let next = 0
  const lanes = Array.from({ length: Math.min(options.tasksAtOnce, tasks.length) }, async () => {
    while (next < tasks.length) await run(next++)
  })
  await Promise.all(lanes)
  return answer
}

interface WantedPicture { plan: PicturePlan, address: string, itemIndex: number | null, boxSource: BoxSource }

/** @throws PoseError SOURCE_MISSING */
function listPictures (task: Task, plan: ControlPlan, context: unknown, maxPeople: number): WantedPicture[] {
  return plan.pictures.flatMap((picture) => findTaskImages(task.data, picture.image, plan.images).flatMap(({ address, itemIndex }) => {
    if (context === null) return [{ plan: picture, address, itemIndex, boxSource: { kind: 'detector' } as const }]
    // An annotator asks for the drawn person alone; pictures without a prompt stay as they are.
    const prompt = readPrompt(context, picture, itemIndex, maxPeople)
    return prompt === null ? [] : [{ plan: picture, address, itemIndex, boxSource: prompt }]
  }))
}

function explain (cause: unknown, budgetSpent: boolean, number: number, total: number): PoseError {
  if (isPoseError(cause) && cause.errorName === 'CANCELLED' && budgetSpent) return createPoseError('TIME_BUDGET', `picture ${number + 1} of ${total}`)
  if (isPoseError(cause)) return cause
  throw cause
}

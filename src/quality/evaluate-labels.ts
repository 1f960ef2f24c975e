import { setImmediate as yieldToOthers } from 'node:timers/promises'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { ExportedLabels } from '../exports/exported-labels.ts'
import type { FileTask } from '../exports/read-export-file.ts'
import { chooseLabels } from '../label-studio/choose-labels.ts'
import type { Annotation, LabelledTask, StoredPrediction } from '../label-studio/labelled-task.ts'
import { matchBestSet } from '../label-studio/match-best-set.ts'
import { choosePrediction } from './choose-prediction.ts'
import { comparePictures } from './compare-pictures.ts'
import { describeTimes } from './describe-times.ts'
import { createQualityMeasure } from './measure-quality.ts'
import type { PictureDrawing, QualityReport } from './quality-report.ts'

export interface EvaluateLabelsOptions {
  /** Makes links, and tells the paths of pictures; null: not known. */
  labelStudioUrl: string | null
  /** Only predictions of this version; null: of any. */
  modelVersion: string | null
  /** The points that are read; without them those that fit the interface. */
  points?: KeypointSet | null
  /** Pictures that are listed as the worst. */
  worst?: number
  /** Where reading stops; what was read until then is measured. Without them all is read. */
  bounds?: { tasks: number, ms: number }
  signal: AbortSignal
  /** After each batch. */
  onProgress?: (tasks: QualityReport['tasks']) => void
}

export interface Evaluation {
  report: QualityReport
  /** Of the worst pictures, one each. */
  drawings: PictureDrawing[]
  set: KeypointSet
}

const shownProblems = 5
const shownPictures = 24

/**
 * Measures predictions against the annotations of the same tasks, batch after batch. A task takes milliseconds of the thread, and others
 * get it between two tasks.
 * @throws the signal's reason; PoseError LABEL_CONFIG_UNMATCHED; whatever the batches throw
 */
export async function evaluateLabels (labels: ExportedLabels, { labelStudioUrl, modelVersion, points, worst = shownPictures, bounds, signal, onProgress }: EvaluateLabelsOptions): Promise<Evaluation> {
  const { set, plan } = matchBestSet(labels.labelConfig, points)
  const measure = createQualityMeasure(plan, set, { worst })
  const tasks: QualityReport['tasks'] = { read: 0, compared: 0, withoutAnnotation: 0, withoutPrediction: 0, madeFromPrediction: 0, unread: 0 }
  /** By what a file says, which may be "constructor" as well. */
  const modelVersions = new Map<string, number>()
  const seconds: number[] = []
  const problems: QualityReport['problems'] = { count: 0, first: [] }
  const until = performance.now() + (bounds?.ms ?? Infinity)
  const isOver = (): boolean => tasks.read >= (bounds?.tasks ?? Infinity) || performance.now() >= until

  function note (problem: string): void {
    if (problems.count++ < shownProblems) problems.first.push(problem)
  }

  function compare (task: LabelledTask, annotation: Annotation, prediction: StoredPrediction): void {
    const { pictures, problems } = comparePictures(task, { predicted: prediction.result, annotated: annotation.result }, { plan, set, labelStudioUrl })
    for (const problem of problems) note(`task ${task.id}${problem}`)
    for (const { imageName, page, size, predicted, truths } of pictures) {
      measure.addPicture({ facts: { task: task.id, link: linkTo(task, labels.origin, labelStudioUrl), imageName, page }, size, predicted, truths })
    }
    const { lead_time: time } = annotation
    if (typeof time === 'number' && time > 0 && pictures.length > 0) seconds.push(time / pictures.length)
  }

  function look (entry: FileTask): void {
    tasks.read++
    if (entry.task === null) {
      note(`a task ${entry.reason}`)
      return
    }
    const annotation = chooseLabels(entry.task, 'annotations')
    const chosen = annotation === null ? null : choosePrediction(entry.task, annotation, modelVersion)
    if (annotation === null) {
      tasks.withoutAnnotation++
    } else if (chosen === null) {
      tasks.withoutPrediction++
    } else {
      tasks.compared++
      const version = chosen.prediction.model_version || 'unknown'
      modelVersions.set(version, (modelVersions.get(version) ?? 0) + 1)
      compare(entry.task, annotation, chosen.prediction)
      if (!chosen.isParent) return
      tasks.madeFromPrediction++
      measure.addCorrections(chosen.prediction.result, annotation.result)
    }
  }

  for await (const batch of labels.batches) {
    for (const entry of batch) {
      if (isOver()) break
      await yieldToOthers()
      signal.throwIfAborted()
      look(entry)
    }
    onProgress?.(tasks)
    if (isOver()) break
  }
  signal.throwIfAborted()
  if (isOver()) tasks.unread = Math.max(0, (labels.total() ?? 0) - tasks.read)
  tasks.withoutAnnotation += labels.withoutLabels()
  const { figures, drawings } = measure.result()
  return { report: { from: labels.origin, tasks, modelVersions: Object.fromEntries(modelVersions), secondsPerPicture: describeTimes(seconds), problems, ...figures }, drawings, set }
}

/** The task in Label Studio's data manager. Exports name the project in each task. */
function linkTo (task: LabelledTask, origin: ExportedLabels['origin'], url: string | null): string | null {
  const project = 'project' in origin ? origin.project : (task as { project?: unknown }).project
  return url === null || typeof project !== 'number' ? null : `${url}/projects/${project}/data?task=${task.id}`
}

import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { ExportedLabels } from '../exports/exported-labels.ts'
import { picturesOfTask, type PicturesOfTaskOptions } from '../exports/pictures-of-task.ts'
import { chooseLabels } from '../label-studio/choose-labels.ts'
import type { Annotation, LabelledTask, StoredPrediction } from '../label-studio/labelled-task.ts'
import { matchBestSet } from '../label-studio/match-best-set.ts'
import { choosePrediction } from './choose-prediction.ts'
import { toComparedPerson } from './compared-person.ts'
import { createQualityMeasure } from './measure-quality.ts'
import type { PictureDrawing, QualityReport } from './quality-report.ts'

export interface EvaluateLabelsOptions {
  /** Makes links, and tells the paths of pictures; null: not known. */
  labelStudioUrl: string | null
  /** Only predictions of this version; null: of any. */
  modelVersion: string | null
  signal: AbortSignal
  /** After each batch. */
  onProgress: (tasks: QualityReport['tasks']) => void
}

export interface Evaluation {
  report: QualityReport
  /** Of the worst pictures, one each. */
  drawings: PictureDrawing[]
  set: KeypointSet
}

const shownProblems = 5

/**
 * Measures predictions against the annotations of the same tasks, batch after batch.
 * @throws the signal's reason; PoseError LABEL_CONFIG_UNMATCHED; whatever the batches throw
 */
export async function evaluateLabels (labels: ExportedLabels, { labelStudioUrl, modelVersion, signal, onProgress }: EvaluateLabelsOptions): Promise<Evaluation> {
  const { set, plan } = matchBestSet(labels.labelConfig)
  const measure = createQualityMeasure(plan, set)
  const tasks: QualityReport['tasks'] = { read: 0, compared: 0, withoutAnnotation: 0, withoutPrediction: 0, madeFromPrediction: 0 }
  const modelVersions: Record<string, number> = {}
  const seconds: number[] = []
  const problems: QualityReport['problems'] = { count: 0, first: [] }
  const options: PicturesOfTaskOptions = { plan, set, labelStudioUrl }

  function note (problem: string): void {
    if (problems.count++ < shownProblems) problems.first.push(problem)
  }

  function compare (task: LabelledTask, annotation: Annotation, prediction: StoredPrediction): void {
    const [after, before] = [annotation, prediction].map(({ result }) => picturesOfTask(task, result, options)) as [ReturnType<typeof picturesOfTask>, ReturnType<typeof picturesOfTask>]
    for (const { region, reason } of after.problems) note(`task ${task.id}${region === null ? '' : `, region ${region}`} ${reason}`)
    for (const { region, reason } of before.problems) if (region !== null) note(`task ${task.id}, region ${region} of its prediction ${reason}`)
    const predicted = new Map(before.pictures.map((picture) => [picture.id, picture]))
    for (const picture of after.pictures) {
      const counterpart = predicted.get(picture.id)
      measure.addPicture({
        facts: { task: task.id, link: linkTo(task, labels.origin, labelStudioUrl), imageName: picture.imageName, page: picture.page },
        size: picture.size ?? counterpart?.size ?? null,
        predicted: counterpart?.people.map(({ person }) => toComparedPerson(person)) ?? [],
        truths: picture.people.map(({ person }) => toComparedPerson(person))
      })
    }
    const { lead_time: time } = annotation
    if (typeof time === 'number' && time > 0 && after.pictures.length > 0) seconds.push(time / after.pictures.length)
  }

  for await (const batch of labels.batches) {
    signal.throwIfAborted()
    for (const entry of batch) {
      tasks.read++
      if (entry.task === null) {
        note(`a task ${entry.reason}`)
        continue
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
        modelVersions[version] = (modelVersions[version] ?? 0) + 1
        compare(entry.task, annotation, chosen.prediction)
        if (!chosen.isParent) continue
        tasks.madeFromPrediction++
        measure.addCorrections(chosen.prediction.result, annotation.result)
      }
    }
    onProgress(tasks)
  }
  signal.throwIfAborted()
  tasks.withoutAnnotation += labels.withoutLabels()
  const { figures, drawings } = measure.result()
  return { report: { from: labels.origin, tasks, modelVersions, secondsPerPicture: describeTimes(seconds), problems, ...figures }, drawings, set }
}

/** The task in Label Studio's data manager. Exports name the project in each task. */
function linkTo (task: LabelledTask, origin: ExportedLabels['origin'], url: string | null): string | null {
  const project = 'project' in origin ? origin.project : (task as { project?: unknown }).project
  return url === null || typeof project !== 'number' ? null : `${url}/projects/${project}/data?task=${task.id}`
}

function describeTimes (seconds: readonly number[]): QualityReport['secondsPerPicture'] {
  if (seconds.length === 0) return null
  const sorted = [...seconds].sort((a, b) => a - b)
  return { mean: seconds.reduce((sum, value) => sum + value, 0) / seconds.length, median: sorted[Math.floor((sorted.length - 1) / 2)]!, annotations: seconds.length }
}

import type { Annotation, LabelledTask, StoredPrediction } from './labelled-task.ts'

export type LabelSource = 'annotations' | 'predictions'

/**
 * The annotation (or prediction) that stands for a task: the one marked as ground truth, or else the one changed last.
 * Skipped annotations are none. null: the task has none.
 */
export function chooseLabels ({ annotations = [], predictions = [] }: LabelledTask, source: LabelSource): Annotation | StoredPrediction | null {
  if (source === 'predictions') return predictions.reduce<StoredPrediction | null>(later, null)
  const finished = annotations.filter((annotation) => annotation.was_cancelled !== true)
  const truths = finished.filter((annotation) => annotation.ground_truth === true)
  return (truths.length > 0 ? truths : finished).reduce<Annotation | null>(later, null)
}

interface Dated { id?: number, created_at?: string | null, updated_at?: string | null }

function later<T extends Dated> (best: T | null, candidate: T): T {
  if (best === null) return candidate
  const difference = timeOf(candidate) - timeOf(best)
  return difference > 0 || (difference === 0 && (candidate.id ?? 0) > (best.id ?? 0)) ? candidate : best
}

function timeOf ({ updated_at: updatedAt, created_at: createdAt }: Dated): number {
  return Date.parse(updatedAt ?? createdAt ?? '') || 0
}

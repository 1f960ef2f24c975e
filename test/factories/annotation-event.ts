import { wholebody, type CorrectedTask } from './corrected-task.ts'

/** The columns of a project that come with every event. */
export const eventProject = { id: 7, title: 'Poses', label_config: wholebody, task_number: 8 }

/**
 * An event as Label Studio 1.23 sends it when a task is submitted or saved again: without predictions.
 * @param at seconds, of the change
 */
export function annotationEvent (action: 'ANNOTATION_CREATED' | 'ANNOTATION_UPDATED', { id, data, project, annotations: [annotation] }: CorrectedTask, { at = 1, ...changes }: { at?: number, [column: string]: unknown } = {}): object {
  const time = `2026-11-25T10:00:${String(at).padStart(2, '0')}.000000Z`
  return {
    action,
    annotation: { ...annotation, task: id, project, updated_at: time, created_at: time, prediction: {}, ground_truth: false, result_count: 0, ...changes },
    project: eventProject,
    task: { id, data, project, is_labeled: true, total_annotations: 1 }
  }
}

export function deletionEvent (...ids: readonly number[]): object {
  return { action: 'ANNOTATIONS_DELETED', annotations: ids.map((id) => ({ id })), project: eventProject }
}

/** "Create Annotations From Predictions" on all of these. */
export function copyEvent (tasks: readonly CorrectedTask[]): object {
  return {
    action: 'ANNOTATIONS_CREATED',
    annotation: tasks.map(({ id, annotations: [annotation], predictions: [prediction] }) => ({
      ...annotation, result: prediction!.result, lead_time: null, task: id, project: 7, updated_at: '2026-11-25T10:00:01.000000Z', prediction: {}
    })),
    project: eventProject,
    task: tasks.map(({ id, data }) => ({ id, data, project: 7 }))
  }
}

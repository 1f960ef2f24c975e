import { readNumber } from '../../label-studio/read-number.ts'

/** An event of Label Studio in the one form that is counted. */
export interface ProjectEvent {
  /** Its name there; null where it has none. */
  action: string | null
  /** null: it came without payload, or of no project. */
  project: number | null
  /** XML of the labelling interface; null where it is not said. */
  labelConfig: string | null
  changes: AnnotationChange[]
}

/** What has happened to one annotation. */
export type AnnotationChange = { kind: 'deleted', id: number } | SavedAnnotation

export interface SavedAnnotation {
  kind: 'saved'
  id: number
  isNew: boolean
  /** Made by "Create Annotations From Predictions": just as the prediction is. */
  isCopy: boolean
  /** The time of the change as Label Studio writes it, which sorts as text; null where it is not said. */
  revision: string | null
  isSkipped: boolean
  /** As it came: anything may stand in it. */
  result: unknown
  /** Seconds it took, all sessions together; null where it is not said. */
  leadTime: number | null
  /** Of the prediction it was made from. */
  parentPrediction: number | null
  /** Result of that prediction, where the event brings it; Label Studio 1.23 does not. */
  prediction: unknown
  task: { id: number, data: Record<string, unknown> } | null
}

type Fields = Readonly<Record<string, unknown>>

const actions: Readonly<Record<string, { kind: 'saved', isNew: boolean, isCopy: boolean } | { kind: 'deleted' }>> = {
  ANNOTATION_CREATED: { kind: 'saved', isNew: true, isCopy: false },
  ANNOTATIONS_CREATED: { kind: 'saved', isNew: true, isCopy: true },
  ANNOTATION_UPDATED: { kind: 'saved', isNew: false, isCopy: false },
  ANNOTATION_DELETED: { kind: 'deleted' },
  ANNOTATIONS_DELETED: { kind: 'deleted' }
}

/**
 * The events of a body: Label Studio sends one, scripts also a list. Whatever else stands there is passed over.
 * The older form `{event, data: {annotation, task}}` is read too.
 */
export function readEvents (body: unknown): ProjectEvent[] {
  return listOf(body).filter(isObject).map(readEvent)
}

function readEvent (body: Fields): ProjectEvent {
  const fields = isObject(body['data']) ? { ...body['data'], ...body } : body
  const action = [fields['action'], fields['event']].find((name) => typeof name === 'string') as string | undefined
  const { project } = fields
  const annotations = [...listOf(fields['annotation']), ...listOf(fields['annotations'])].filter(isObject)
  const what = action === undefined || !Object.hasOwn(actions, action) ? null : actions[action]!
  const tasks = new Map([...listOf(fields['task']), ...listOf(fields['tasks'])].filter(isObject).map((task) => [readNumber(task['id']), task]))
  return {
    action: action ?? null,
    project: readNumber(isObject(project) ? project['id'] : project) ?? readNumber(annotations[0]?.['project']),
    labelConfig: isObject(project) && typeof project['label_config'] === 'string' ? project['label_config'] : null,
    changes: what === null
      ? []
      : annotations.flatMap((annotation) => {
        const id = readNumber(annotation['id'])
        if (id === null) return []
        return [what.kind === 'deleted' ? { kind: 'deleted', id } : readSaved(annotation, { ...what, id, task: tasks.get(readNumber(annotation['task'])) })]
      })
  }
}

function readSaved (annotation: Fields, { id, isNew, isCopy, task }: { id: number, isNew: boolean, isCopy: boolean, task: Fields | undefined }): SavedAnnotation {
  const { result, updated_at: updatedAt, lead_time: leadTime } = annotation
  const parentPrediction = readNumber(annotation['parent_prediction'])
  return {
    kind: 'saved',
    id,
    isNew,
    isCopy: isCopy && parentPrediction !== null,
    revision: typeof updatedAt === 'string' ? updatedAt.slice(0, 40) : null,
    isSkipped: annotation['was_cancelled'] === true,
    result,
    leadTime: typeof leadTime === 'number' && leadTime > 0 && Number.isFinite(leadTime) ? leadTime : null,
    parentPrediction,
    prediction: listOf(task?.['predictions']).filter(isObject).find((prediction) => parentPrediction !== null && readNumber(prediction['id']) === parentPrediction)?.['result'],
    task: task !== undefined && isObject(task['data']) ? { id: readNumber(task['id']) ?? 0, data: task['data'] } : null
  }
}

function listOf (value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value]
}

function isObject (value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

import Type from 'typebox'
import { StoredPredictionSchema, type StoredPrediction } from '../labelled-task.ts'
import { toRefusal, type LabelStudioClient } from './label-studio-client.ts'
import { readAnswer } from './read-answer.ts'

const CreatedSchema = Type.Object({ created: Type.Integer() })

/** One prediction, null when it is gone. Reading it asks no model. @throws PoseError as LabelStudioClient.call, LABEL_STUDIO_ANSWER */
export async function readPrediction (client: LabelStudioClient, id: number, signal: AbortSignal): Promise<StoredPrediction | null> {
  const answer = await client.attempt('GET', `/api/predictions/${id}/`, { signal })
  if (answer.status === 404) return null
  if (answer.status !== 200) throw toRefusal(answer, `prediction ${id}`)
  return readAnswer(StoredPredictionSchema, answer.body, `prediction ${id}`)
}

/**
 * Stores predictions in bulk: a tenth of the time of single ones. Posting the same again makes doubles.
 * @param predictions JSON texts, each an object with task, result, score and model_version
 * @returns how many were stored: Label Studio leaves out, without a word, what it finds invalid
 * @throws PoseError as LabelStudioClient.call; LABEL_STUDIO_REFUSED (400) for all when one task is not there any more
 */
export async function importPredictions (client: LabelStudioClient, project: number, predictions: readonly string[], signal?: AbortSignal): Promise<number> {
  const body = await client.call('POST', `/api/projects/${project}/import/predictions`, { json: ['[', ...predictions.map((text, index) => index === 0 ? text : `,${text}`), ']'], ...(signal && { signal }) })
  return readAnswer(CreatedSchema, body, 'the stored predictions').created
}

/** One that is not there any more is as good as removed. @throws PoseError as LabelStudioClient.call */
export async function removePredictions (client: LabelStudioClient, predictions: ReadonlyArray<{ id?: number }>, signal?: AbortSignal): Promise<void> {
  for (const { id } of predictions) {
    if (id === undefined) continue
    const answer = await client.attempt('DELETE', `/api/predictions/${id}/`, { ...(signal && { signal }) })
    if (answer.status !== 404 && (answer.status < 200 || answer.status >= 300)) throw toRefusal(answer, `prediction ${id}`)
  }
}

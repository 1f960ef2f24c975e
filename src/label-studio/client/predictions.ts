import { StoredPredictionSchema, type StoredPrediction } from '../labelled-task.ts'
import { isLabelStudioRefusal, type LabelStudioClient } from './label-studio-client.ts'
import { readAnswer } from './read-answer.ts'

/** One prediction, null when it is gone. Reading it asks no model. @throws PoseError as LabelStudioClient.call, LABEL_STUDIO_ANSWER */
export async function readPrediction (client: LabelStudioClient, id: number, signal: AbortSignal): Promise<StoredPrediction | null> {
  try {
    return readAnswer(StoredPredictionSchema, await client.call('GET', `/api/predictions/${id}/`, { signal }), `prediction ${id}`)
  } catch (error) {
    if (isLabelStudioRefusal(error) && error.answer.status === 404) return null
    throw error
  }
}

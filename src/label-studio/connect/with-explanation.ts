import { isLabelStudioRefusal } from '../client/label-studio-client.ts'
import { explainRefusal, type RefusedRequest } from '../explain-refusal.ts'

/** Does the work; a refusal by Label Studio becomes the error whose sentence holds the remedy. */
export async function withExplanation<T> (request: RefusedRequest, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw isLabelStudioRefusal(error) ? explainRefusal(error, request) : error
  }
}

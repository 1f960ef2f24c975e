import { LRUCache } from 'lru-cache'
import { anySignal } from '../../any-signal.ts'
import { readPrediction } from '../../label-studio/client/predictions.ts'
import type { LabelStudioClient } from '../../label-studio/client/label-studio-client.ts'

export interface PredictionLookup {
  /** The result of a prediction; null when it is gone or cannot be had now. Never rejects. */
  find (id: number): Promise<unknown>
}

/** Annotators save the same annotation again and again: its prediction is asked for once. A person of 133 points is 37 KB. */
const mostRemembered = 20
const timeoutMs = 5000
/** After a failure Label Studio is left alone for so long: events come whether it answers or not. */
const restMs = 30_000

/** Asks Label Studio for the predictions that annotations were made from. @param signal ends what is under way */
export function createPredictionLookup (client: LabelStudioClient, signal: AbortSignal): PredictionLookup {
  const remembered = new LRUCache<number, { result: unknown }>({ max: mostRemembered })
  let restingUntil = 0

  return {
    async find (id) {
      const known = remembered.get(id)
      if (known !== undefined) return known.result
      if (performance.now() < restingUntil) return null
      try {
        const result = (await readPrediction(client, id, anySignal([signal, AbortSignal.timeout(timeoutMs)])))?.result ?? null
        remembered.set(id, { result })
        return result
      } catch {
        restingUntil = performance.now() + restMs
        return null
      }
    }
  }
}

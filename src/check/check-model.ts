import { isPoseError } from '../errors.ts'
import type { CheckedService } from './check-context.ts'
import type { CheckLine } from './check-report.ts'
import { finding, findingOf } from './check-sentences.ts'

/** Whether predictions can be made, and by which networks. */
export function checkModel ({ health, refusal }: Pick<CheckedService, 'health' | 'refusal'>): CheckLine[] {
  const error = refusal()
  if (error !== null) {
    if (!isPoseError(error)) throw error
    return [findingOf('model', error)]
  }
  const { models, model_loaded: isLoaded, device, workers, warnings, fallback, mode } = health()
  return [
    isLoaded ? finding('MODEL_OK', [`${models.detector} + ${models.pose}`, device, workers.ready, workers.wanted]) : finding('MODEL_IDLE'),
    ...(fallback === null ? [] : [finding('MODEL_FALLBACK', [mode, fallback.reason])]),
    ...warnings.map((warning) => finding('MODEL_WARNING', [warning]))
  ]
}

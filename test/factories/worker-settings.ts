import type { WorkerSettings } from '../../workers/protocol.ts'
import type { TestModels } from './onnx-model.ts'

/** What tests and benches have in common; each brings its models. */
export const standardSettings = {
  device: { name: 'cpu', index: 0 },
  intraOpThreads: 1,
  confidenceThreshold: 0.3,
  detectorThreshold: null,
  maxPeople: 50,
  maxPixels: 1e8
} as const satisfies Omit<WorkerSettings, 'detector' | 'pose'>

/** Settings of a worker with the models of onnx-model.ts. */
export function testSettings (models: TestModels, overrides: Partial<WorkerSettings> = {}): WorkerSettings {
  return {
    detector: { path: models.detectorPath, sha256: models.detectorSha256, entry: models.detectorEntry },
    pose: { path: models.posePath, sha256: models.poseSha256, entry: models.poseEntry },
    ...standardSettings,
    ...overrides
  }
}

import type { ProjectCalibration } from '../../models/confidence/project-calibration.ts'
import { pointThreshold } from '../../models/people/point-threshold.ts'
import type { Config } from '../config.ts'
import { createPoseEngine, type EngineLog } from '../inference/create-pose-engine.ts'
import type { PoseEngine } from '../inference/pose-engine.ts'
import type { ObtainedModels } from '../model-store/obtain-models.ts'
import { createModelVersion } from './model-version.ts'

export interface ModelsTogether {
  /** Not started yet. */
  engine: PoseEngine
  modelVersion: string
  shortModelVersion: string
  /** 0..1, what the service leaves points out by. */
  confidenceThreshold: number
  /** Why the starter models stand in for the mode's, or null. */
  fallback: string | null
  /** About the calibration of a project, or null. */
  warning: string | null
}

/**
 * An engine with these models under the settings of the configuration, and the version that its predictions carry.
 * @param ofProject what CALIBRATION_FILE names; null: nothing
 */
export function putModelsTogether ({ detector, pose, fallback }: ObtainedModels, config: Config, ofProject: ProjectCalibration | null, log: EngineLog): ModelsTogether {
  // It says nothing of models that stand in for those it was made with.
  const calibration = fallback === null ? ofProject : null
  const confidenceThreshold = pointThreshold(config.confidenceThreshold, pose.entry)
  const engine = createPoseEngine({
    detector,
    pose,
    device: config.device,
    intraOpThreads: 1,
    ...(config.mapped !== null && { mapped: config.mapped }),
    confidenceThreshold,
    ...(calibration !== null && { calibration }),
    detectorThreshold: config.detectorThreshold,
    maxPeople: config.maxPeople,
    maxPixels: config.maxPixels
  }, { workers: config.workers, log })
  const uncalibrated = createModelVersion({ detector, pose }, { ...config, confidenceThreshold }).modelVersion
  const warning = calibration === null || calibration.modelVersion === uncalibrated
    ? null
    : `CALIBRATION_FILE was fitted to predictions of ${calibration.modelVersion}, but without it these models and settings are ${uncalibrated}: its confidences may be wrong here.`
  if (warning !== null) log.warn({ file: config.calibrationFile }, warning)
  return { engine, fallback, warning, confidenceThreshold, ...createModelVersion({ detector, pose }, { ...config, confidenceThreshold, calibration }) }
}

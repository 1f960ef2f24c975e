import type { ProjectCalibration } from '../../models/confidence/project-calibration.ts'
import type { QualityReport } from './quality-report.ts'

/** The calibration as a file for the service, or why there is none: it must be of one model, and of enough points. */
export function toProjectCalibration ({ calibration, keypointSet, modelVersions }: Pick<QualityReport, 'calibration' | 'keypointSet' | 'modelVersions'>): ProjectCalibration | string {
  const [modelVersion, ...others] = Object.keys(modelVersions)
  if (modelVersion === undefined || others.length > 0) return 'Scores of several model versions mean several things, so no calibration is written: choose one with --model-version.'
  if (calibration === null) return 'Too few points for a calibration: at least 200 predicted points with a score are needed in a part of the body. Nothing was written.'
  return { kind: 'label-studio-rtmpose/calibration', keypointSet, modelVersion, points: calibration.points, groups: calibration.groups }
}

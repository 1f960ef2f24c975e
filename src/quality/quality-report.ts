import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { Calibration } from '../../models/model-entry.ts'
import type { PrecisionAndRecall } from './average-precision.ts'
import type { CorrectionCounts } from './correction-counts.ts'
import type { PairedPeople } from './pair-people.ts'
import type { AccuracyFigures } from './pose-accuracy.ts'
import type { QualityPart } from './quality-parts.ts'
import type { ReliabilityBand } from './score-outcomes.ts'

/** What `evaluate --json` prints. Shares, OKS, AP and AR are 0..1; null where there is nothing to measure. */
export interface QualityReport {
  from: { project: number } | { file: string }
  keypointSet: KeypointSet['id']
  tasks: {
    read: number
    compared: number
    withoutAnnotation: number
    withoutPrediction: number
    /** Compared with the prediction the annotation was made from. */
    madeFromPrediction: number
  }
  /** Compared tasks by the version of the prediction. */
  modelVersions: Record<string, number>
  pictures: number
  people: { predicted: number, annotated: number, paired: number, added: number, removed: number }
  /** Of the annotations that tell their time. */
  secondsPerPicture: { mean: number, median: number, annotations: number } | null
  /** All points last. */
  parts: PartQuality[]
  /** People by the OKS over all points, twenty equal steps from 0 to 1. */
  oksHistogram: number[]
  reliability: {
    bands: ReliabilityBand[]
    error: number | null
    /** The same points after the calibration; null where none could be fitted. */
    calibrated: { bands: ReliabilityBand[], error: number | null } | null
  }
  calibration: FittedCalibration | null
  worst: WorstPicture[]
  problems: { count: number, first: string[] }
}

export interface PartQuality extends AccuracyFigures, PrecisionAndRecall {
  name: QualityPart['name']
  /** Of the annotations made from their prediction. */
  corrections: CorrectionCounts
}

export interface FittedCalibration extends Calibration {
  /** Points it was fitted to. */
  points: number
}

export interface WorstPicture {
  task: number
  /** Address in Label Studio; null where it is not known. */
  link: string | null
  imageName: string
  page: number | null
  /** Mean over everyone predicted or annotated; who was added or removed counts 0. */
  oks: number
  paired: number
  added: number
  removed: number
}

/** What the report draws of a worst picture. */
export interface PictureDrawing {
  size: { width: number, height: number } | null
  people: PairedPeople
}

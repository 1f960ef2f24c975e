import Type, { type Static, type TSchema } from 'typebox'
import type { PartName } from '../../models/keypoint-set.ts'
import { CalibrationSchema, PoseEntrySchema } from '../../models/model-entry.ts'
import type { PrecisionAndRecall } from './average-precision.ts'
import { CorrectionCountsSchema } from './correction-counts.ts'
import type { PairedPeople } from './pair-people.ts'
import type { AccuracyFigures } from './pose-accuracy.ts'
import type { ReliabilityBand } from './score-outcomes.ts'

const Share = Type.Union([Type.Number(), Type.Null()])
const Count = Type.Integer({ minimum: 0 })

const accuracy = {
  people: Type.Integer({ minimum: 0, description: 'Predicted and annotated, with a point in this part' }),
  oks: Type.Union([Type.Number(), Type.Null()], { description: 'Mean object keypoint similarity of these people' }),
  points: Type.Integer({ minimum: 0, description: 'Annotated points of these people' }),
  pck05: Type.Union([Type.Number(), Type.Null()], { description: 'Share of these points predicted within 0.05 of the longer side of the box' }),
  pck10: Type.Union([Type.Number(), Type.Null()], { description: 'The same within 0.1' })
} satisfies Record<keyof AccuracyFigures, TSchema>

const precisionAndRecall = {
  ap: Share, ap50: Share, ap75: Share, apMedium: Share, apLarge: Share, ar: Share, ar50: Share, ar75: Share, arMedium: Share, arLarge: Share
} satisfies Record<keyof PrecisionAndRecall, TSchema>

const PartQualitySchema = Type.Object({
  name: Type.Unsafe<PartName | 'whole'>({ type: 'string', enum: ['body', 'feet', 'face', 'left_hand', 'right_hand', 'whole'] satisfies Array<PartName | 'whole'> }),
  ...accuracy,
  ...precisionAndRecall,
  corrections: CorrectionCountsSchema
})
export type PartQuality = Static<typeof PartQualitySchema>

const BandsSchema = Type.Array(Type.Object({
  from: Type.Number(), to: Type.Number(), points: Count, score: Type.Number(), right: Type.Number()
} satisfies Record<keyof ReliabilityBand, TSchema>))

const FittedCalibrationSchema = Type.Object({
  groups: CalibrationSchema.properties.groups,
  points: Type.Integer({ minimum: 0, description: 'Points it was fitted to' })
})
export type FittedCalibration = Static<typeof FittedCalibrationSchema>

const WorstPictureSchema = Type.Object({
  task: Type.Integer(),
  link: Type.Union([Type.String(), Type.Null()], { description: 'Address in Label Studio; null where it is not known' }),
  imageName: Type.String(),
  page: Type.Union([Type.Integer(), Type.Null()]),
  oks: Type.Number({ description: 'Mean over everyone predicted or annotated; who was added or removed counts 0' }),
  paired: Count,
  added: Count,
  removed: Count
})
export type WorstPicture = Static<typeof WorstPictureSchema>

/** What `evaluate --json` prints. */
export const QualityReportSchema = Type.Object({
  from: Type.Union([Type.Object({ project: Type.Integer() }), Type.Object({ file: Type.String() })]),
  keypointSet: PoseEntrySchema.properties.keypointSet,
  tasks: Type.Object({
    read: Count,
    compared: Count,
    withoutAnnotation: Count,
    withoutPrediction: Count,
    madeFromPrediction: Type.Integer({ minimum: 0, description: 'Compared with the prediction the annotation was made from' }),
    unread: Type.Integer({ minimum: 0, description: 'Tasks with annotations that lie beyond the bounds of this report, those with the highest numbers' })
  }),
  modelVersions: Type.Record(Type.String(), Type.Integer(), { description: 'Compared tasks by the version of the prediction' }),
  pictures: Count,
  people: Type.Object({ predicted: Count, annotated: Count, paired: Count, added: Count, removed: Count }),
  secondsPerPicture: Type.Union([Type.Object({ mean: Type.Number(), median: Type.Number(), annotations: Count }), Type.Null()], { description: 'Of the annotations that tell their time' }),
  parts: Type.Array(PartQualitySchema, { description: 'All points last' }),
  oksHistogram: Type.Array(Count, { description: 'People by the OKS over all points, twenty equal steps from 0 to 1' }),
  reliability: Type.Object({
    bands: BandsSchema,
    error: Share,
    calibrated: Type.Union([Type.Object({ bands: BandsSchema, error: Share }), Type.Null()], { description: 'The same points after the calibration; null where none could be fitted' })
  }),
  calibration: Type.Union([FittedCalibrationSchema, Type.Null()]),
  worst: Type.Array(WorstPictureSchema, { description: 'The worst first' }),
  problems: Type.Object({ count: Count, first: Type.Array(Type.String()) }, { description: 'What could not be read' })
}, { description: 'Shares, OKS, AP and AR are 0..1; null where there is nothing to measure' })
export type QualityReport = Static<typeof QualityReportSchema>

/** What the report draws of a worst picture. */
export interface PictureDrawing {
  size: { width: number, height: number } | null
  people: PairedPeople
}

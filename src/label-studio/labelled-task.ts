/** A task with what people and models have said of it, as Label Studio lists and exports it. */
import Type, { type Static } from 'typebox'

const Optional = {
  time: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  flag: Type.Optional(Type.Union([Type.Boolean(), Type.Null()]))
}

export const AnnotationSchema = Type.Object({
  id: Type.Optional(Type.Integer()),
  result: Type.Unknown(),
  /** The annotator has skipped the task. */
  was_cancelled: Optional.flag,
  ground_truth: Optional.flag,
  created_at: Optional.time,
  updated_at: Optional.time,
  /** The prediction it was made from. */
  parent_prediction: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
  lead_time: Type.Optional(Type.Union([Type.Number(), Type.Null()]))
})
export type Annotation = Static<typeof AnnotationSchema>

export const StoredPredictionSchema = Type.Object({
  id: Type.Optional(Type.Integer()),
  result: Type.Unknown(),
  model_version: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  score: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
  created_at: Optional.time,
  updated_at: Optional.time
})
export type StoredPrediction = Static<typeof StoredPredictionSchema>

export const LabelledTaskSchema = Type.Object({
  id: Type.Integer(),
  data: Type.Record(Type.String(), Type.Unknown()),
  annotations: Type.Optional(Type.Array(AnnotationSchema)),
  predictions: Type.Optional(Type.Array(StoredPredictionSchema))
})
export type LabelledTask = Static<typeof LabelledTaskSchema>

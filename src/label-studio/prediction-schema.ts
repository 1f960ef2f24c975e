/** What /predict answers. Regions are typed to the last field: the serializer drops what is not listed, and is fast that way. */
import Type, { type Static } from 'typebox'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import { keypointSets } from '../../models/keypoint-sets.ts'

const Percent = (description: string) => Type.Number({ minimum: 0, maximum: 100, description: `Percent of the upright picture: ${description}` })
const Confidence = (description: string) => Type.Number({ minimum: 0, maximum: 1, description })

const region = {
  id: Type.String({ description: 'Unique in this answer and against all earlier ones' }),
  from_name: Type.String({ description: 'Name of the control' }),
  to_name: Type.String({ description: 'Name of the Image tag' }),
  original_width: Type.Integer({ minimum: 1, description: 'Pixels of the upright picture' }),
  original_height: Type.Integer({ minimum: 1 }),
  image_rotation: Type.Literal(0),
  score: Confidence('How sure the model is of this region'),
  parentID: Type.Optional(Type.String({ description: 'The region of the person it belongs to' })),
  item_index: Type.Optional(Type.Integer({ minimum: 0, description: 'Page of a multi-page picture' }))
}

export const KeypointRegionSchema = Type.Object({
  ...region,
  type: Type.Literal('keypointlabels'),
  value: Type.Object({
    x: Percent('left to right'),
    y: Percent('top to bottom'),
    width: Type.Number({ minimum: 0, description: 'Size of the point, percent of the picture\'s width' }),
    height: Type.Optional(Type.Number({ minimum: 0, description: 'Short form only' })),
    keypointlabels: Type.Array(Type.String(), { minItems: 1, maxItems: 1 })
  }, { additionalProperties: false })
}, { additionalProperties: false })
export type KeypointRegion = Static<typeof KeypointRegionSchema>

const VertexSchema = Type.Object({
  id: Type.String(),
  x: Percent('left to right'),
  y: Percent('top to bottom'),
  prevPointId: Type.Optional(Type.String({ description: 'The vertex this one is joined to; only the first has none' })),
  isBezier: Type.Literal(false),
  name: Type.String({ description: 'Name of the keypoint; Label Studio keeps it through edit and submit' }),
  score: Confidence('How sure the model is of this point')
}, { additionalProperties: false })

const vector = {
  vertices: Type.Array(VertexSchema, { minItems: 2 }),
  closed: Type.Literal(false)
}

export const VectorLabelsRegionSchema = Type.Object({
  ...region,
  type: Type.Literal('vectorlabels'),
  value: Type.Object({ ...vector, vectorlabels: Type.Array(Type.String(), { minItems: 1, maxItems: 1 }) }, { additionalProperties: false })
}, { additionalProperties: false })

export const VectorOnlyRegionSchema = Type.Object({
  ...region,
  type: Type.Literal('vector'),
  value: Type.Object(vector, { additionalProperties: false })
}, { additionalProperties: false })
export type VectorRegion = Static<typeof VectorLabelsRegionSchema> | Static<typeof VectorOnlyRegionSchema>

const rectangle = {
  x: Percent('left'),
  y: Percent('top'),
  width: Percent('width'),
  height: Percent('height'),
  rotation: Type.Literal(0)
}

export const RectangleLabelsRegionSchema = Type.Object({
  ...region,
  type: Type.Literal('rectanglelabels'),
  value: Type.Object({ ...rectangle, rectanglelabels: Type.Array(Type.String(), { minItems: 1, maxItems: 1 }) }, { additionalProperties: false })
}, { additionalProperties: false })

export const RectangleOnlyRegionSchema = Type.Object({
  ...region,
  type: Type.Literal('rectangle'),
  value: Type.Object(rectangle, { additionalProperties: false })
}, { additionalProperties: false })
export type RectangleRegion = Static<typeof RectangleLabelsRegionSchema> | Static<typeof RectangleOnlyRegionSchema>

/** A mark on a region, which has the same id: Label Studio takes both for one region. */
export const ChoicesRegionSchema = Type.Object({
  ...region,
  id: Type.String({ description: 'That of the region it marks' }),
  type: Type.Literal('choices'),
  value: Type.Object({ choices: Type.Array(Type.String(), { minItems: 1, maxItems: 1 }) }, { additionalProperties: false })
}, { additionalProperties: false })
export type ChoicesRegion = Static<typeof ChoicesRegionSchema>

export const PredictionSchema = Type.Object({
  result: Type.Array(Type.Union([KeypointRegionSchema, VectorLabelsRegionSchema, VectorOnlyRegionSchema, RectangleLabelsRegionSchema, RectangleOnlyRegionSchema, ChoicesRegionSchema]), { description: 'Keypoints of all people, then skeletons, then boxes: what comes first lies on top. A mark follows its region' }),
  score: Confidence('Of the person the model is least sure of; 0 without any. Ascending order brings what is worth a look first'),
  model_version: Type.String({ minLength: 1 })
}, { additionalProperties: false })
export type Prediction = Static<typeof PredictionSchema>

const Milliseconds = (description: string) => Type.Number({ minimum: 0, description: `Milliseconds: ${description}` })

export const ShortPredictionSchema = Type.Object({
  ...PredictionSchema.properties,
  keypoint_set: Type.Unsafe<KeypointSet['id']>(Type.Union(Object.keys(keypointSets).map((id) => Type.Literal(id)), { description: 'Which points the model has' })),
  confidence_threshold: Type.Number({ minimum: 0, maximum: 1, description: 'That of the service, which a request may replace' }),
  people: Type.Array(Type.Object({
    id: Type.String({ description: 'The parentID of the person\'s points' }),
    score: Confidence('That of the box times that of the points'),
    box_score: Confidence('The detector\'s own'),
    box: Type.Object({ x: Percent('left'), y: Percent('top'), width: Percent('width'), height: Percent('height') }, { additionalProperties: false })
  }, { additionalProperties: false }), { description: 'Best score first' }),
  original_width: Type.Optional(Type.Integer({ minimum: 1, description: 'Pixels of the upright picture, with or without people on it' })),
  original_height: Type.Optional(Type.Integer({ minimum: 1 })),
  timing: Type.Optional(Type.Object({
    queue_ms: Milliseconds('waiting for other pictures'),
    fetch_ms: Milliseconds('until the file was here'),
    decode_ms: Milliseconds('from the file to pixels'),
    detect_ms: Milliseconds('finding people'),
    pose_ms: Milliseconds('placing their points'),
    is_known: Type.Boolean({ description: 'The same picture was estimated before: the last three times are from then' })
  }, { additionalProperties: false }))
}, { additionalProperties: false, description: 'Short form: without labelling interface. `result` has points alone, named as in the keypoint set' })
export type ShortPrediction = Static<typeof ShortPredictionSchema>

/** Without `result` Label Studio skips the task and asks again next time; the others are stored. */
const FailedPredictionSchema = Type.Object({
  error: Type.String({ description: 'What happened and what to do' }),
  code: Type.Optional(Type.String({ description: 'As in the table of errors' }))
}, { additionalProperties: false })
export type FailedPrediction = Static<typeof FailedPredictionSchema>

export const PredictAnswerSchema = Type.Object({
  results: Type.Array(Type.Union([PredictionSchema, ShortPredictionSchema, FailedPredictionSchema]), { description: 'One entry per task, in order' })
}, {
  additionalProperties: false,
  examples: [{
    results: [
      {
        result: [
          { id: 'q3Zk-0p0k0', from_name: 'body', to_name: 'image', original_width: 1280, original_height: 960, image_rotation: 0, score: 0.93, parentID: 'q3Zk-0p0', type: 'keypointlabels', value: { x: 50.1, y: 17.7, width: 0.3, keypointlabels: ['nose'] } },
          { id: 'q3Zk-0p0', from_name: 'person', to_name: 'image', original_width: 1280, original_height: 960, image_rotation: 0, score: 0.9, type: 'rectanglelabels', value: { x: 35.1, y: 13.1, width: 29.8, height: 78, rotation: 0, rectanglelabels: ['person'] } }
        ],
        score: 0.9,
        model_version: 'rtmlib-balanced@3f2a91c4'
      },
      { error: 'The picture does not exist (/data/upload/1/gone.jpg). Check the address, or sync the storage in Label Studio.', code: 'POSE_ERR_SOURCE_NOT_FOUND' }
    ]
  }]
})
export type PredictAnswer = Static<typeof PredictAnswerSchema>

/**
 * What Label Studio sends to /predict. Open and lenient: it adds fields with each release, and one odd task must not
 * cost the others their answer.
 */
import Type, { type Static } from 'typebox'

const NullableString = (description: string) => Type.Optional(Type.Union([Type.String(), Type.Null()], { description }))

export const TaskSchema = Type.Object({
  id: Type.Optional(Type.Unknown({ description: 'Number in Label Studio; not needed' })),
  data: Type.Optional(Type.Unknown({ description: 'Object with the picture under the key that the Image tag names' }))
}, { description: 'One task' })
export type Task = Static<typeof TaskSchema>

export const PredictRequestSchema = Type.Object({
  // Those beyond MAX_TASKS have an entry too, so their number needs a bound of its own: the highest that MAX_TASKS can be set to.
  tasks: Type.Array(TaskSchema, { maxItems: 100_000, description: 'Answered in this order' }),
  label_config: NullableString('XML of the labelling interface; without it the answer has the short form'),
  project: Type.Optional(Type.Unknown({ description: '"<id>.<unix seconds of its creation>"' })),
  params: Type.Optional(Type.Union([
    Type.Object({
      login: NullableString('User for pictures outside Label Studio (HTTP Basic)'),
      password: NullableString('Password to it'),
      confidence_threshold: Type.Optional(Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()], { description: 'Short form only: points below it are left out, in place of CONFIDENCE_THRESHOLD' })),
      context: Type.Optional(Type.Unknown({ description: 'Not null: an annotator has drawn the regions in its `result` and waits' }))
    }),
    Type.Null()
  ]))
}, {
  examples: [
    { tasks: [{ id: 1, data: { image: '/data/upload/1/7909a188-street.jpg' } }], label_config: '<View><Image name="image" value="$image"/><KeyPointLabels name="body" toName="image"><Label value="nose"/></KeyPointLabels></View>' },
    { tasks: [{ data: { image: 'https://example.org/street.jpg' } }] }
  ]
})
export type PredictRequest = Static<typeof PredictRequestSchema>

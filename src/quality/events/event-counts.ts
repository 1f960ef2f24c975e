import Type, { type Static } from 'typebox'
import { CorrectionCountsSchema } from '../correction-counts.ts'
import { QualityReportSchema } from '../quality-report.ts'

const Count = Type.Integer({ minimum: 0 })

export const EventCountsSchema = Type.Object({
  since: Type.String({ description: 'When this process began to count, ISO 8601' }),
  note: Type.String({ description: 'What the counts are of' }),
  received: Type.Integer({ minimum: 0, description: 'Events of this project, of every kind' }),
  annotations: Type.Object({
    created: Count,
    updated: Count,
    deleted: Count,
    repeated: Type.Integer({ minimum: 0, description: 'Events that told what was known already: a second webhook, or one delivered late' }),
    known: Type.Integer({ minimum: 0, description: 'Annotations that the figures below are of: created or updated since then, not deleted' }),
    skipped: Type.Integer({ minimum: 0, description: 'Of the known ones, those of skipped tasks' }),
    forgotten: Type.Integer({ minimum: 0, description: 'Annotations that had to make room for newer ones, and are no longer in the figures below' })
  }),
  corrections: Type.Object({
    compared: Type.Integer({ minimum: 0, description: 'Annotations compared with the prediction they were made from' }),
    byMarks: Type.Integer({ minimum: 0, description: 'Annotations whose prediction could not be had: told by the marks of their regions (`origin`), where deleted points and people, and the vertices of skeletons, leave none' }),
    withoutPrediction: Type.Integer({ minimum: 0, description: 'Annotations that were not made from a prediction, or have nothing of people that can be read: not counted here' }),
    points: CorrectionCountsSchema,
    people: Type.Object({
      found: Type.Integer({ minimum: 0, description: 'Predicted and annotated' }),
      added: Type.Integer({ minimum: 0, description: 'Drawn by hand' }),
      removed: Type.Integer({ minimum: 0, description: 'Predicted where nobody is' })
    })
  }),
  secondsPerPicture: QualityReportSchema.properties.secondsPerPicture,
  intake: Type.Object({
    waiting: Type.Integer({ minimum: 0, description: 'Bodies that arrived and are not counted yet' }),
    dropped: Type.Integer({ minimum: 0, description: 'Bodies that were answered and not counted, because too many waited (EVENT_QUEUE_SIZE) or they could not be received' }),
    unreadable: Type.Integer({ minimum: 0, description: 'Bodies that are no JSON' }),
    withoutProject: Type.Integer({ minimum: 0, description: 'Events that do not say their project: send the payload along (Settings > Webhooks)' })
  }, { description: 'Of all projects together' })
}, { description: 'What the events of Label Studio tell. Counted by each replica for itself, since its start' })
export type EventCounts = Static<typeof EventCountsSchema>

/** Of all projects since the start; they only rise. */
export interface EventTotals extends Omit<EventCounts['intake'], 'waiting'> {
  received: number
  created: number
  updated: number
  deleted: number
  repeated: number
}

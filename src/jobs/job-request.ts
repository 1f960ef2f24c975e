import Type, { type Static } from 'typebox'

const FilterSchema = Type.Object({
  filter: Type.String({ minLength: 1, maxLength: 200 }),
  operator: Type.String({ minLength: 1, maxLength: 40 }),
  type: Type.String({ minLength: 1, maxLength: 40 }),
  value: Type.Unknown()
}, { additionalProperties: false })

/** Most numbers of tasks in one request: they travel and are kept as they are. */
export const mostIds = 10_000

/** What a client asks for. `JobRequest` is the same with everything said. */
export const JobRequestSchema = Type.Object({
  project: Type.Integer({ minimum: 1, maximum: 999_999_999_999_999, description: 'Number of the project, as in its address in Label Studio' }),
  tasks: Type.Optional(Type.Unsafe<'unpredicted' | 'all'>({ type: 'string', enum: ['unpredicted', 'all'], default: 'unpredicted', description: 'unpredicted = those without a prediction of the present model version; all = also those that have one, which is replaced' })),
  ids: Type.Optional(Type.Array(Type.Integer({ minimum: 1, maximum: 999_999_999_999_999 }), { minItems: 1, maxItems: mostIds, description: 'Of them only these, by number' })),
  filter: Type.Optional(Type.Array(FilterSchema, { minItems: 1, maxItems: 20, description: 'Of them only those that fulfil all these conditions, in the Data Manager\'s form' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 999_999_999, description: 'Most tasks' })),
  batch_size: Type.Optional(Type.Integer({ minimum: 1, maximum: 250, description: 'Tasks of one page: written together, and the unit that replicas share. By default JOB_BATCH_SIZE' })),
  boxes: Type.Optional(Type.Unsafe<'detector' | 'annotations'>({ type: 'string', enum: ['detector', 'annotations'], default: 'detector', description: 'annotations = people where annotators have drawn rectangles; the detector looks only at pictures without any' })),
  replace: Type.Optional(Type.Boolean({ default: false, description: 'Remove predictions of other versions of this service from each task that gets a new one' }))
}, {
  additionalProperties: false,
  examples: [{ project: 3 }, { project: 3, tasks: 'all', ids: [17, 18], boxes: 'annotations' }]
})
export type JobRequestBody = Static<typeof JobRequestSchema>

export interface JobRequest extends Required<Omit<JobRequestBody, 'ids' | 'filter' | 'limit'>> {
  ids: number[] | null
  filter: Array<Static<typeof FilterSchema>> | null
  limit: number | null
}

/** @param batchSize where the client says none */
export function toJobRequest ({ project, tasks = 'unpredicted', ids, filter, limit, batch_size: size, boxes = 'detector', replace = false }: JobRequestBody, batchSize: number): JobRequest {
  const sorted = ids === undefined ? null : [...new Set(ids)].sort((a, b) => a - b)
  return { project, tasks, ids: sorted, filter: filter ?? null, limit: limit ?? null, batch_size: size ?? batchSize, boxes, replace }
}

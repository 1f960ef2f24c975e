import Type from 'typebox'

/** The body of every failed answer. */
export const ErrorSchema = Type.Object({
  statusCode: Type.Integer(),
  code: Type.String({ description: 'Stable code, POSE_ERR_...; see docs/errors.md' }),
  error: Type.String({ description: 'Name of the HTTP status' }),
  message: Type.String({ description: 'What went wrong and what to do; also the reason phrase of the answer' }),
  requestId: Type.String({ description: 'Stands in the log lines of this request' })
}, {
  examples: [{
    statusCode: 503,
    code: 'POSE_ERR_MODEL_LOADING',
    error: 'Service Unavailable',
    message: 'The model is loading (2 of 4 workers are ready). Try again in a moment.',
    requestId: 'req-1f'
  }]
})

/** Answers any route can give. */
export const commonErrors = { '4xx': ErrorSchema, '5xx': ErrorSchema }

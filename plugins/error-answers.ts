import { STATUS_CODES } from 'node:http'
import Type from 'typebox'
import { errorTable, type ErrorName } from '../src/errors.ts'

const error = {
  statusCode: Type.Integer(),
  code: Type.String({ description: 'Stable code, POSE_ERR_...; see docs/errors.md' }),
  error: Type.String({ description: 'Name of the HTTP status' }),
  message: Type.String({ description: 'What went wrong and what to do; also the reason phrase of the answer' }),
  requestId: Type.String({ description: 'Stands in the log lines of this request' })
}

/** The bodies of an address's failed answers, one per status, with the errors that have it. Those of every address come along. */
export function errorAnswers (...names: ErrorName[]): Record<number, ReturnType<typeof errorSchema>> {
  const byStatus = new Map<number, ErrorName[]>()
  for (const name of new Set<ErrorName>([...names, 'RATE_LIMITED', 'INTERNAL', 'OVERLOADED'])) {
    const [status] = errorTable[name]
    byStatus.set(status, [...byStatus.get(status) ?? [], name])
  }
  return Object.fromEntries([...byStatus].map(([status, group]) => [status, errorSchema(status, group)]))
}

function errorSchema (status: number, names: readonly ErrorName[]) {
  return Type.Object(error, {
    description: names.map((name) => `POSE_ERR_${name}`).join(', '),
    examples: [{
      statusCode: status,
      code: `POSE_ERR_${names[0]}`,
      error: STATUS_CODES[status],
      message: errorTable[names[0]!][1].replace('%s', 'the single case'),
      requestId: '3f2a91c4-5d1e-4c9a-9a55-7c1f0f1a2b3c'
    }]
  })
}

/** Answers any address can give. */
export const commonErrors = errorAnswers()
/** What an address that takes JSON can answer besides. */
export const bodyErrors = ['REQUEST_INVALID', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const satisfies ErrorName[]
/** What an address that needs the model can answer besides. */
export const modelErrors = ['MODEL_MISSING', 'MODEL_DOWNLOADING', 'MODEL_LOADING', 'MODEL_BROKEN', 'SHUTTING_DOWN'] as const satisfies ErrorName[]

import type { Static, TSchema } from 'typebox'
import Value from 'typebox/value'
import { createPoseError } from '../../errors.ts'

/**
 * An answer in the form that is expected of it. Schemas name only what is used, so that new fields of later releases do no harm.
 * @throws PoseError LABEL_STUDIO_ANSWER naming the first field that is not as expected
 */
export function readAnswer<Schema extends TSchema> (schema: Schema, body: unknown, what: string): Static<Schema> {
  if (Value.Check(schema, body)) return body as Static<Schema>
  const [first] = Value.Errors(schema, body)
  throw createPoseError('LABEL_STUDIO_ANSWER', `${what}${first ? `, ${first.instancePath || 'the whole'} ${first.message}` : ''}`)
}

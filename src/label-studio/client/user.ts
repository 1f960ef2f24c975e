import Type, { type Static } from 'typebox'
import type { LabelStudioClient } from './label-studio-client.ts'
import { readAnswer } from './read-answer.ts'

const UserSchema = Type.Object({ id: Type.Integer(), email: Type.String(), active_organization: Type.Optional(Type.Union([Type.Integer(), Type.Null()])) })
export type User = Static<typeof UserSchema>

/** Whose token it is. @throws PoseError as LabelStudioClient.call, LABEL_STUDIO_ANSWER */
export async function readUser (client: LabelStudioClient): Promise<User> {
  return readAnswer(UserSchema, await client.call('GET', '/api/current-user/whoami'), 'the current user')
}

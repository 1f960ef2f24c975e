import Type, { type Static } from 'typebox'
import type { LabelStudioClient } from './label-studio-client.ts'
import { readAnswer } from './read-answer.ts'

/** A connection to a model, as Label Studio stores it. Reading a list of them makes it ask /health and /setup of each. */
const MlBackendSchema = Type.Object({
  id: Type.Integer(),
  url: Type.String(),
  title: Type.Union([Type.String(), Type.Null()]),
  /** CO connected, DI disconnected, ER error, TR training, PR predicting. */
  state: Type.String(),
  error_message: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  is_interactive: Type.Optional(Type.Boolean()),
  model_version: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  auth_method: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  basic_auth_user: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  created_at: Type.Optional(Type.String()),
  project: Type.Integer()
})
export type MlBackend = Static<typeof MlBackendSchema>

export interface MlBackendChange {
  /** Needed in every change: Label Studio 1.23 answers 500 without it. */
  url: string
  project: number
  title?: string
  is_interactive?: boolean
  auth_method?: 'BASIC_AUTH'
  basic_auth_user?: string
  /** Label Studio tells nobody; each change needs it again. */
  basic_auth_pass?: string
}

/** The connections of a project. Label Studio asks each of them before it answers. @throws PoseError as LabelStudioClient.call, LABEL_STUDIO_ANSWER */
export async function readMlBackends (client: LabelStudioClient, project: number): Promise<MlBackend[]> {
  return readAnswer(Type.Array(MlBackendSchema), await client.call('GET', '/api/ml', { query: { project } }), `the models of project ${project}`)
}

/**
 * Label Studio asks the backend's /health and /setup before it answers.
 * @throws LabelStudioRefusal: 400 with the backend's reason phrase, 403 for a private address (the row may be stored all the same,
 *   see settleBackend), 500 for a host name that does not resolve there
 */
export async function addMlBackend (client: LabelStudioClient, body: MlBackendChange): Promise<MlBackend> {
  return readAnswer(MlBackendSchema, await client.call('POST', '/api/ml', { body }), 'the new model')
}

/** As addMlBackend, for a row that is there. */
export async function updateMlBackend (client: LabelStudioClient, id: number, body: MlBackendChange): Promise<MlBackend> {
  return readAnswer(MlBackendSchema, await client.call('PATCH', `/api/ml/${id}`, { body }), `model ${id}`)
}

/** Its webhook stays. @throws PoseError as LabelStudioClient.call */
export async function removeMlBackend (client: LabelStudioClient, id: number): Promise<void> {
  await client.call('DELETE', `/api/ml/${id}`)
}

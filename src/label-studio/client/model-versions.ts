import Type from 'typebox'
import type { LabelStudioClient } from './label-studio-client.ts'
import { readAnswer } from './read-answer.ts'

/** How many predictions of each version a project holds. @throws PoseError as LabelStudioClient.call, LABEL_STUDIO_ANSWER */
export async function countPredictions (client: LabelStudioClient, project: number): Promise<Map<string, number>> {
  const body = await client.call('GET', `/api/projects/${project}/model-versions/`)
  return new Map(Object.entries(readAnswer(Type.Record(Type.String(), Type.Integer()), body, `the versions of project ${project}`)))
}

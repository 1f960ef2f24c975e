/** The Label Studio of the documents: project 3 with people that annotators have corrected, and room for a project that `setup` makes. */
import { readFile } from 'node:fs/promises'
import type { Test } from 'tap'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import { regionsOf } from '../factories/exported-tasks.ts'
import { buildPerson } from '../factories/person.ts'
import { startProjectServer, type ProjectServer } from '../factories/project-server.ts'
import { toDataUri } from '../factories/task.ts'

export const documentedProject = 3
/** In the documents the predictions of project 3 are of this version, and of that of another model. */
export const documentedVersion = 'rtmlib-balanced@0a1b2c3d'
const otherVersion = 'my-python-backend'

const interfaceOfProject = labelConfigPreset('wholebody133')
const count = 3

/** The people of a task: as predicted (version documentedVersion), or as annotated, where one wrist lies elsewhere. */
export function documentedRegions (task: number, source: 'predicted' | 'annotated'): object[] {
  const points: Record<number, readonly [number, number, number]> = source === 'annotated' ? { 9: [300 + task, 400, 0.9] } : {}
  const person = buildPerson(cocoWholebody133, { bbox: [120, 90, 520, 760], points })
  return regionsOf(interfaceOfProject, [person], { size: { width: 640, height: 800 } })
}

/** Closed at the end of the test. The pictures are drawn figures inside the tasks. */
export async function startDocumentedStudio (t: Pick<Test, 'teardown'>): Promise<ProjectServer> {
  const picture = toDataUri(await readFile(new URL('../fixtures/drawn/figure-1.jpg', import.meta.url)))
  const studio = await startProjectServer({
    count,
    project: documentedProject,
    labelConfig: interfaceOfProject,
    picture: () => picture,
    // Predictions are numbered as they are stored; one annotation does not know what it was made from.
    annotations: (task) => [{ id: 100 + task, result: documentedRegions(task, 'annotated'), was_cancelled: false, ground_truth: false, parent_prediction: task < count ? count + task : null, lead_time: 40 }]
  })
  t.teardown(() => studio.close())
  const predictions = [otherVersion, documentedVersion].flatMap((version) => Array.from({ length: count }, (_, index) => ({ task: index + 1, model_version: version, result: documentedRegions(index + 1, 'predicted') })))
  await fetch(`${studio.url}/api/projects/${documentedProject}/import/predictions`, { method: 'POST', body: JSON.stringify(predictions) })
  studio.interfere = answerSetup()
  return studio
}

/** What `setup` and `check` ask besides: a user, a project to be made, its model and its webhook. */
function answerSetup (): NonNullable<ProjectServer['interfere']> {
  const made = { id: 4, title: 'Human poses', label_config: '<View></View>', model_version: '', show_collab_predictions: true }
  const projects: object[] = []
  const models: Array<Record<string, unknown>> = []
  const webhooks: object[] = []
  return async (call, _request, sent) => {
    const body = (sent === '' ? {} : JSON.parse(sent)) as Record<string, unknown>
    const answer = (status: number, content: unknown) => ({ status, body: content })
    switch (call) {
      case 'GET /api/current-user/whoami': return answer(200, { id: 1, email: 'me@example.com' })
      case 'GET /api/projects/': return answer(200, { count: projects.length, next: null, results: projects })
      case 'POST /api/projects/': projects.push(Object.assign(made, body)); return answer(201, made)
      case 'GET /api/projects/4/': return answer(200, made)
      case 'PATCH /api/projects/4/': return answer(200, Object.assign(made, body))
      case `PATCH /api/projects/${documentedProject}/`: return answer(200, { id: documentedProject, title: 'Poses', label_config: interfaceOfProject, ...body })
      case 'GET /api/ml': return answer(200, models)
      // As Label Studio does, which asks the model for its version and makes its webhook.
      case 'POST /api/ml': {
        const { model_version: version } = await (await fetch(`${String(body['url'])}/setup`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ project: '4.1', schema: made.label_config }) })).json() as { model_version: string }
        models.push({ id: 5, created_at: new Date().toISOString(), is_interactive: false, ...body, model_version: version, state: 'CO' })
        webhooks.push({ id: 1, url: `${String(body['url'])}/webhook`, is_active: true, send_payload: true, send_for_all_actions: true })
        return answer(201, models.at(-1))
      }
      case 'PATCH /api/ml/5': return answer(200, Object.assign(models[0]!, body))
      case 'GET /api/webhooks/': return answer(200, webhooks)
      default: return null
    }
  }
}

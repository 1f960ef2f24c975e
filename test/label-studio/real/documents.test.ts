/** The commands of the documents that need Label Studio, against the real one. The simulated one: test/docs/commands.test.ts. */
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { addMlBackend } from '../../../src/label-studio/client/ml-backends.ts'
import { createProject } from '../../../src/label-studio/client/projects.ts'
import { labelConfigPreset } from '../../../src/label-studio/label-config-preset.ts'
import { followDocument } from '../../docs/follow-document.ts'
import { standInClone } from '../../docs/stand-in-clone.ts'
import { lacksLabelStudio, startLabelStudio } from './label-studio.ts'
import { readPredictions, retrievePredictions, uploadPictures } from './project.ts'
import { startService } from '../../factories/service-process.ts'

const drawn = async (name: string) => ({ name, bytes: new Uint8Array(await readFile(new URL(`../../fixtures/drawn/${name}`, import.meta.url))) })

t.test('the documents are followed', { skip: lacksLabelStudio(), timeout: 600_000 }, async (t) => {
  const studio = await startLabelStudio(t, { hasLegacyTokens: false })
  const { client } = studio
  const service = await startService(t, { LABEL_STUDIO_URL: studio.url, LABEL_STUDIO_API_KEY: studio.pat })
  // A project that somebody has worked in: predictions, and annotations made from them.
  const { id: project } = await createProject(client, { title: 'Poses', label_config: labelConfigPreset('wholebody133') })
  await addMlBackend(client, { url: service.url, project, title: 'Poses', is_interactive: false })
  await uploadPictures(studio, project, await Promise.all(['figure-1.jpg', 'figure-3.jpg', 'figure-4.jpg', 'figure-6.jpg'].map(drawn)))
  await retrievePredictions(client, project)
  const predictions = await readPredictions(client, { project })
  t.equal(predictions.length, 4)
  for (const [index, { id, task, result }] of predictions.entries()) {
    // A point of the first picture was moved, and the last annotation does not know what it was made from.
    const corrected = index > 0 ? result : result.map((region, at) => at > 0 ? region : { ...region, value: { ...region.value, x: region.value.x / 2 } })
    await client.call('POST', `/api/tasks/${task}/annotations/`, { body: { result: corrected, lead_time: 30, ...(index < 3 && { parent_prediction: id }) } })
  }

  const places = { service: service.url, labelStudio: studio.url, token: studio.pat, project, picture: '', version: predictions[0]!.model_version! }
  const clone = await standInClone(t, places, { PORT: String(service.port), MODE: 'starter', LABEL_STUDIO_URL: studio.url, LABEL_STUDIO_API_KEY: studio.pat })
  // First what tells of the annotations as they are, last what adds predictions.
  for (const document of ['docs/connecting.md', 'docs/troubleshooting.md', 'docs/exports.md', 'docs/quality.md', 'docs/jobs.md', 'docs/migration.md']) {
    await t.test(document, async (t) => { await followDocument(t, clone, document) })
  }
})

/** One command from an empty Label Studio to predictions, repeated, and on everything that may be there already. */
import { readFile } from 'node:fs/promises'
import t from 'tap'
import type { SetupReport } from '../../../src/cli/setup.ts'
import { addMlBackend, readMlBackends, removeMlBackend, updateMlBackend } from '../../../src/label-studio/client/ml-backends.ts'
import { createProject, readProject } from '../../../src/label-studio/client/projects.ts'
import { addWebhook, readWebhooks, updateWebhook } from '../../../src/label-studio/client/webhooks.ts'
import { labelConfigPreset } from '../../../src/label-studio/label-config-preset.ts'
import { openLabelStudio } from './browser.ts'
import { lacksLabelStudio, startLabelStudio } from './label-studio.ts'
import { importPictures, uploadPictures } from './project.ts'
import { callCli } from '../../factories/call-cli.ts'
import { lacksChromium } from '../../factories/chromium.ts'
import { keepScreenshot } from '../../factories/keep-screenshot.ts'
import { callSetup, runSetup } from './run-setup.ts'
import { startService } from '../../factories/service-process.ts'

const drawn = async (name: string) => ({ name, bytes: new Uint8Array(await readFile(new URL(`../../fixtures/drawn/${name}`, import.meta.url))) })

const choices = '<View><Image name="image" value="$image"/><Choices name="quality" toName="image"><Choice value="good"/><Choice value="bad"/></Choices></View>'
const ownPoints = '<View><Image name="image" value="$image"/><KeyPointLabels name="points" toName="image"><Label value="nose"/><Label value="left_eye"/></KeyPointLabels></View>'

t.test('an open Label Studio', { skip: lacksLabelStudio(), timeout: 600_000 }, async (t) => {
  const studio = await startLabelStudio(t)
  const { client } = studio
  const service = await startService(t, { LABEL_STUDIO_URL: studio.url, LABEL_STUDIO_API_KEY: studio.pat })
  const signedIn = ['--url', studio.url, '--token', studio.pat]
  const connect = [...signedIn, '--backend', service.url]
  const stored = async (project: number) => ({ rows: await readMlBackends(client, project), webhooks: await readWebhooks(client, project) })
  const { model_version: version } = await (await fetch(`${service.url}/health`)).json() as { model_version: string }

  await t.test('from nothing to predictions by one command', async (t) => {
    const begin = performance.now()
    const { code, out, err } = await runSetup([...connect, '--interactive', '--webhook'])
    const connectedS = (performance.now() - begin) / 1000
    t.equal(code, 0, err)
    const [link = '', id = ''] = new RegExp(`${studio.url}/projects/(\\d+)/data`).exec(out) ?? []
    t.ok(out.includes(`import pictures: ${link}/import`), 'what to click next')
    t.match(out, new RegExp(`^Model +created: ${service.url}, version ${version}, connected; interactive on$`, 'm'))
    t.notOk((out + err).includes(studio.pat), 'the token is not printed')

    const project = Number(id)
    const [task] = await uploadPictures(studio, project, await Promise.all(['figure-1.jpg', 'figure-2.jpg', 'figure-3.jpg'].map(drawn)))
    // As the browser does when the task is opened.
    const opened = await client.call('GET', `/api/tasks/${task}`, { query: { project } }) as { predictions: Array<{ model_version: string, result: unknown[] }> }
    const seenS = (performance.now() - begin) / 1000
    t.comment(`connected in ${connectedS.toFixed(1)} s, predictions seen after ${seenS.toFixed(1)} s`)
    t.ok(seenS < 60, `${seenS} s`)
    t.match(opened.predictions, [{ model_version: version }])
    t.ok(opened.predictions[0]!.result.length > 60, 'a person with points')

    t.match(await stored(project), {
      rows: [{ url: service.url, title: version, model_version: version, state: 'CO', is_interactive: true }],
      webhooks: [{ url: `${service.url}/webhook`, is_active: true }]
    })
    t.match(await readProject(client, project), { title: 'Human poses', label_config: labelConfigPreset('wholebody133').trim(), model_version: version, show_collab_predictions: true })
    // The column of the Data Manager counts only predictions of the project's version.
    const { tasks } = await client.call('GET', '/api/tasks', { query: { project, fields: 'all' } }) as { tasks: Array<{ id: number, predictions_score: number | null }> }
    t.type(tasks.find(({ id }) => id === task)!.predictions_score, 'number')

    await t.test('its settings show the model as connected', { skip: lacksChromium() }, async (t) => {
      const page = await openLabelStudio(t, studio)
      await page.goto(`${studio.url}/projects/${project}/settings/ml`)
      const card = page.getByText(version, { exact: true }).first()
      await card.waitFor()
      await page.getByText('Connected', { exact: true }).first().waitFor()
      t.equal(await page.getByText('Connected', { exact: true }).count(), 1)
      await keepScreenshot(page, 'connected', { x: 0, y: 0, width: 1200, height: 660 })
      await page.goto(`${link}/import`)
      await page.getByText(/Drag & drop files here/i).first().waitFor()
    })

    await t.test('a second and a third time change nothing', async (t) => {
      const before = await stored(project)
      for (let time = 2; time <= 3; time++) {
        const { code, states } = await callSetup([...connect, '--interactive', '--webhook'])
        t.equal(code, 0)
        t.strictSame(states, { 'label-studio': 'found', project: 'found', interface: 'right', model: 'right', predictions: 'right', webhook: 'right' })
      }
      const { rows, webhooks } = await stored(project)
      t.strictSame([rows.map(({ id }) => id), webhooks], [before.rows.map(({ id }) => id), before.webhooks])
    })
  })

  await t.test('what was left behind is put in order', async (t) => {
    const { id } = await createProject(client, { title: 'leftovers', label_config: labelConfigPreset('body17') })
    // By hand: an older address, changed later, and the new one entered a second time.
    const older = `${service.url.replace('127.0.0.1', 'localhost')}/`
    const { id: first } = await addMlBackend(client, { url: older, project: id, title: 'mine' })
    await updateMlBackend(client, first, { url: service.url, project: id })
    await addMlBackend(client, { url: service.url, project: id, title: 'mine again' })
    t.match((await stored(id)).webhooks.map(({ url }) => url), [`${older}webhook`, `${service.url}/webhook`])

    const { code, states } = await callSetup([...connect, '--project', String(id)])
    t.equal(code, 0)
    t.match(states, { interface: 'right', model: 'changed, removed', webhook: 'right, removed' })
    t.match(await stored(id), { rows: [{ id: first, title: version }], webhooks: [{ url: `${service.url}/webhook` }] })

    const [webhook] = (await stored(id)).webhooks
    await updateWebhook(client, webhook!.id, { is_active: false })
    const note = await addWebhook(client, id, 'https://192.0.2.1/events')
    t.match(await callSetup([...connect, '--project', String(id)]), { code: 0, states: { webhook: 'right' } })
    t.match((await stored(id)).webhooks, [{ is_active: false }, { id: note.id }], 'switched off on purpose, perhaps; and another\'s is not touched')
    t.match(await callSetup([...connect, '--project', String(id), '--webhook']), { code: 0, states: { webhook: 'changed' } })
    t.match((await stored(id)).webhooks, [{ is_active: true }, { id: note.id }])

    await client.call('PATCH', `/api/projects/${id}/`, { body: { show_collab_predictions: false } })
    t.match(await callSetup([...connect, '--project', String(id)]), { code: 0, states: { predictions: 'changed' } })
    t.match(await readProject(client, id), { model_version: version, show_collab_predictions: true })

    for (const { id: row } of (await stored(id)).rows) await removeMlBackend(client, row)
    t.match(await callSetup([...connect, '--project', String(id)]), { code: 0, states: { model: 'created', predictions: 'changed', webhook: 'right' } })
    t.equal((await stored(id)).webhooks.length, 2, 'the one that outlived its row is used again')
  })

  await t.test('a labelling interface that is there is not lost', async (t) => {
    const own = await createProject(client, { title: 'own points', label_config: ownPoints })
    const kept = await callSetup([...connect, '--project', String(own.id), '--preset', 'body17'])
    t.match(kept, { code: 0, states: { interface: 'kept', model: 'created' } })
    t.match(kept.report.steps.find(({ name }) => name === 'interface')!.text, /--replace-config puts preset body17 in its place, without keypointlabels "points" \(nose, left_eye\)/)
    t.equal((await readProject(client, own.id)).label_config, ownPoints)

    const other = await createProject(client, { title: 'quality', label_config: choices })
    const [task] = await importPictures(client, other.id, ['data:image/gif;base64,R0lGODlhAQABAAAAACw='])
    await client.call('POST', `/api/tasks/${task}/annotations/`, { body: { result: [{ from_name: 'quality', to_name: 'image', type: 'choices', value: { choices: ['good'] } }] } })
    const undecided = await callCli(['setup', ...connect, '--name', 'quality'])
    t.equal(undecided.code, 2)
    t.match(undecided.err, /would end what it holds \(choices "quality".*; 1 annotation is there\).*--replace-config/)
    t.match(await stored(other.id), { rows: [], webhooks: [] }, 'nothing is changed')
    t.equal((await readProject(client, other.id)).label_config, choices)

    const refused = await callCli(['setup', ...connect, '--name', 'quality', '--replace-config'])
    t.equal(refused.code, 1)
    t.match(refused.err, /Label Studio does not take the labelling interface \(.*quality/, 'not even on demand, while its annotations are there')
    await client.call('POST', '/api/dm/actions', { query: { id: 'delete_tasks_annotations', project: other.id }, body: { selectedItems: { all: true, excluded: [] } } })
    t.match(await callSetup([...connect, '--name', 'quality', '--replace-config']), { code: 0, states: { interface: 'changed', model: 'created' } })

    t.match(await callSetup([...connect, '--name', 'quality', '--preset', 'skeleton']), { code: 0, states: { interface: 'changed' } }, 'one preset of ours for another')
    t.match(await callSetup([...connect, '--name', 'quality']), { code: 0, states: { interface: 'right' } }, 'no preset is asked for')
    t.equal((await readProject(client, other.id)).label_config, labelConfigPreset('skeleton').trim())
  })

  await t.test('the legacy token does as well, and the environment', async (t) => {
    const env = { LABEL_STUDIO_URL: studio.url, LABEL_STUDIO_API_KEY: studio.token!, PORT: String(service.port) }
    const { code, out, err } = await runSetup(['--name', 'by environment', '--preset', 'face', '--json'], env)
    t.equal(code, 0, err)
    const { rows } = await stored((JSON.parse(out) as SetupReport).project!.id)
    t.match(rows, [{ url: `http://localhost:${service.port}`, title: version }])
  })

  await t.test('every refusal says what to do', async (t) => {
    const refused = async (args: readonly string[], sentence: RegExp) => {
      const { code, err, out } = await callCli(['setup', ...args])
      t.equal(code, 1, sentence.source)
      t.match(err, sentence)
      t.notOk((out + err).includes(studio.pat))
    }
    await refused(['--url', studio.url, '--token', '0123456789abcdef0123456789abcdef01234567', '--backend', service.url], /Label Studio refused the token \(401: Invalid token\.\)\. Create a personal access token/)
    await refused(['--url', 'http://127.0.0.1:1', '--token', studio.pat, '--backend', service.url], /Label Studio does not answer \(http:\/\/127\.0\.0\.1:1: nothing listens there\)/)
    await refused(['--url', service.url, '--token', studio.pat, '--backend', service.url], /answered in a form that is not known/)
    await refused([...connect, '--project', '9999'], /cannot use this project \(9999, 404/)
    await refused([...signedIn, '--name', 'refusals', '--backend', 'http://127.0.0.1:1'], /Label Studio cannot reach this service \(http:\/\/127\.0\.0\.1:1: nothing listens there\)/)
    await refused([...signedIn, '--name', 'refusals', '--backend', 'http://no-such-host.invalid:9090'], /Label Studio does not know the host of this service \(http:\/\/no-such-host\.invalid:9090\)/)
    await refused([...signedIn, '--name', 'refusals', '--backend', studio.url], /cannot use it|cannot reach this service/)

    // 127.1 is the same host, and no address to Label Studio's check of webhooks.
    const shortened = service.url.replace('127.0.0.1', '127.1')
    await refused([...signedIn, '--name', 'no events', '--backend', 'http://127.0.0.1:1'], /nothing listens there/)
    const noted = await callSetup([...signedIn, '--name', 'no events', '--backend', shortened])
    t.match(noted, { code: 0, states: { model: 'created', webhook: 'note' } }, 'predictions work without')
    t.match(noted.report.steps.at(-1)!.text, /sends no events to this address \(http:\/\/127\.1:\d+\/webhook\)/)
    t.match(await callSetup([...signedIn, '--name', 'no events', '--backend', shortened, '--webhook']), { code: 1, states: { model: 'right', webhook: 'open' } })
  })
})

t.test('a Label Studio that protects itself, without legacy tokens', { skip: lacksLabelStudio(), timeout: 600_000 }, async (t) => {
  const studio = await startLabelStudio(t, { isProtected: true, hasLegacyTokens: false })
  const { client } = studio
  const service = await startService(t, { LABEL_STUDIO_URL: studio.url, LABEL_STUDIO_API_KEY: studio.pat })
  const connect = ['--url', studio.url, '--token', studio.pat, '--backend', service.url]

  const { token: legacy } = await client.call('GET', '/api/current-user/token') as { token: string }
  const old = await callCli(['setup', '--url', studio.url, '--token', legacy, '--backend', service.url])
  t.equal(old.code, 1)
  t.match(old.err, /Label Studio takes no legacy tokens \(401: .*disabled.*\)\. Create a personal access token there/)
  t.notOk(old.err.includes(legacy))

  const both = await callSetup(connect)
  t.match(both, { code: 1, report: { error: { code: 'POSE_ERR_LABEL_STUDIO_BLOCKS_BACKEND', message: /in 127\.0\.0\.0\/8.*ML_BLOCK_LOCAL_IP=false and SSRF_PROTECTION_ENABLED=false, both/ } } })
  const [project] = (await client.call('GET', '/api/projects/') as { results: Array<{ id: number }> }).results
  t.strictSame([await readMlBackends(client, project!.id), await readWebhooks(client, project!.id)], [[], []], 'nothing is stored')

  await studio.stop()
  await studio.start({ ML_BLOCK_LOCAL_IP: 'false' })
  for (let time = 1; time <= 2; time++) await t.rejects(addMlBackend(client, { url: service.url, project: project!.id, title: 'by hand' }), { message: /403/ })
  t.equal((await readMlBackends(client, project!.id)).length, 2, 'Label Studio stores what it refuses')
  const half = await callSetup(connect)
  t.match(half, { code: 0, states: { model: 'changed, removed', predictions: 'changed', webhook: 'note' } })
  t.match(half.report.steps.at(-1)!.text, /SSRF_PROTECTION_ENABLED=false is missing/)
  t.match(await callSetup([...connect, '--webhook']), { code: 1, states: { model: 'right', webhook: 'open' } }, 'a failure where events are needed')
  const fresh = await callSetup([...connect, '--name', 'refused half-way'])
  t.match(fresh, { code: 0, states: { project: 'created', model: 'created', predictions: 'changed', webhook: 'note' } })

  await studio.stop()
  await studio.start({ SSRF_PROTECTION_ENABLED: 'false' })
  for (const { id, name } of [{ id: project!.id, name: 'Human poses' }, { id: fresh.report.project!.id, name: 'refused half-way' }]) {
    t.match(await callSetup([...connect, '--name', name, '--webhook']), { code: 0, states: { model: 'right', predictions: 'right', webhook: 'created' } })
    t.match(await readMlBackends(client, id), [{ url: service.url, state: 'CO' }])
    t.match(await readWebhooks(client, id), [{ url: `${service.url}/webhook` }])
  }

  await studio.stop()
  await studio.start({ ML_BLOCK_LOCAL_IP: 'true' })
  t.match(await callSetup(connect), { code: 1, report: { error: { code: 'POSE_ERR_LABEL_STUDIO_BLOCKS_BACKEND' } } }, 'switched on later')
})

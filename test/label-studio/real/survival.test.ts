/** Restarts, new tokens, new addresses and new models: nothing that is stored is lost, and the next call works. */
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { createAccessToken } from '../../../src/label-studio/access-token.ts'
import { createLabelStudioClient } from '../../../src/label-studio/client/label-studio-client.ts'
import { readMlBackends } from '../../../src/label-studio/client/ml-backends.ts'
import { readProject } from '../../../src/label-studio/client/projects.ts'
import { readTasks } from '../../../src/label-studio/client/tasks.ts'
import { readWebhooks } from '../../../src/label-studio/client/webhooks.ts'
import { callCli } from '../../factories/call-cli.ts'
import { lacksLabelStudio, startLabelStudio } from './label-studio.ts'
import { readPredictions, retrievePredictions, uploadPictures, type StoredPrediction } from './project.ts'
import { callSetup } from './run-setup.ts'
import { startService } from '../../factories/service-process.ts'

const drawn = async (name: string) => ({ name, bytes: new Uint8Array(await readFile(new URL(`../../fixtures/drawn/${name}`, import.meta.url))) })

t.test('a connection survives', { skip: lacksLabelStudio(), timeout: 600_000 }, async (t) => {
  const studio = await startLabelStudio(t)
  // By the legacy token, since the personal one is revoked below.
  const client = createLabelStudioClient({ url: studio.url, token: createAccessToken({ url: studio.url, key: studio.token }) })
  t.teardown(() => client.close())
  // Without a cache, so that every prediction needs the picture, and with it the token.
  const service = await startService(t, { LABEL_STUDIO_URL: studio.url, LABEL_STUDIO_API_KEY: studio.pat, CACHE_MB: '0' })
  const connect = ['--url', studio.url, '--token', studio.token!, '--webhook']
  const { report: { project } } = await callSetup([...connect, '--backend', service.url])
  const id = project!.id
  const upload = async (...names: string[]) => await uploadPictures({ url: studio.url, pat: studio.token! }, id, await Promise.all(names.map(drawn)))

  const stored = async () => (await readPredictions(client, { project: id })).map(withoutAge).sort((a, b) => a.id - b.id)
  /** Everything that was there is there unchanged. @returns what has come since */
  const since = async (before: readonly StoredPrediction[], what: string): Promise<StoredPrediction[]> => {
    const now = await stored()
    t.strictSame(now.slice(0, before.length), before, `${what}: nothing stored is lost or changed`)
    return now.slice(before.length)
  }
  const versionOf = async (url: string) => (await (await fetch(`${url}/health`)).json() as { model_version: string }).model_version

  await upload('figure-1.jpg', 'figure-2.jpg')
  await retrievePredictions(client, id)
  let before = await stored()
  t.equal(before.length, 2)
  const annotated = before[0]!
  const { id: annotation } = await client.call('POST', `/api/tasks/${annotated.task}/annotations/`, { body: { result: annotated.result, parent_prediction: annotated.id } }) as { id: number }

  await t.test('a restart of Label Studio', async (t) => {
    await studio.stop()
    await studio.start()
    const [task] = await upload('figure-3.jpg')
    await retrievePredictions(client, id)
    t.match(await since(before, 'restart'), [{ task }])
    before = await stored()
  })

  await t.test('a restart of the service in the middle of a request', async (t) => {
    await upload('figure-4.jpg', 'figure-5.jpg', 'figure-6.jpg')
    const accepted = received(service.log())
    const retrieving = retrievePredictions(client, id)
    while (received(service.log()) === accepted) await new Promise((resolve) => { setTimeout(resolve, 20) })
    t.equal(await service.stop(), 0)
    await retrieving
    t.equal((await since(before, 'restart of the service')).length, 3, 'what was accepted is finished first')
    before = await stored()

    await upload('empty-1.jpg')
    await retrievePredictions(client, id)
    t.strictSame(await since(before, 'while it is down'), [])
    t.match(await readMlBackends(client, id), [{ state: 'DI' }])
    await service.start()
    await retrievePredictions(client, id)
    t.equal((await since(before, 'when it is back')).length, 1, 'the next call does what is missing')
    before = await stored()
  })

  await t.test('another token', async (t) => {
    await client.call('POST', '/api/token/blacklist/', { body: { refresh: studio.pat } })
    const { token: pat } = await client.call('POST', '/api/token/', { body: {} }) as { token: string }
    await service.stop()
    await service.start()
    const [task] = await upload('empty-2.jpg')
    await retrievePredictions(client, id)
    t.strictSame(await since(before, 'old token'), [])
    const sentence = /Label Studio refused the token \(the personal access token cannot be exchanged, 401: .*\)\. Create a personal access token there and set LABEL_STUDIO_API_KEY/
    const { tasks } = await readTasks(client, id)
    const { results } = await (await fetch(`${service.url}/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ tasks: tasks.filter(({ id }) => id === task) }) })).json() as { results: Array<{ error: string }> }
    t.match(results, [{ error: sentence }])
    const { code, err } = await callCli(['setup', '--url', studio.url, '--token', studio.pat, '--backend', service.url])
    t.equal(code, 1)
    t.match(err, sentence)

    await service.stop()
    await service.start({ LABEL_STUDIO_API_KEY: pat })
    await retrievePredictions(client, id)
    t.match(await since(before, 'new token'), [{ task }])
    t.match(await callSetup(['--url', studio.url, '--token', pat, '--backend', service.url]), { code: 0, states: { model: 'right', predictions: 'right', webhook: 'right' } })
    before = await stored()
  })

  await t.test('another address and another version', async (t) => {
    const moved = await startService(t, { LABEL_STUDIO_URL: studio.url, LABEL_STUDIO_API_KEY: studio.token!, KEYPOINT_SIZE: '0.5' })
    const [oldVersion, newVersion] = await Promise.all([versionOf(service.url), versionOf(moved.url)])
    t.not(newVersion, oldVersion)
    await service.stop()
    const [row] = await readMlBackends(client, id)
    const [webhook] = await readWebhooks(client, id)

    t.match(await callSetup([...connect, '--backend', moved.url]), { code: 0, states: { interface: 'right', model: 'changed', predictions: 'changed', webhook: 'changed' } })
    t.match(await readMlBackends(client, id), [{ id: row!.id, url: moved.url, title: newVersion, model_version: newVersion, state: 'CO' }])
    t.match(await readWebhooks(client, id), [{ id: webhook!.id, url: `${moved.url}/webhook` }])
    t.equal((await readProject(client, id)).model_version, newVersion)
    t.strictSame(await since(before, 'moved'), [])

    await retrievePredictions(client, id)
    const fresh = await since(before, 'new version')
    t.strictSame(fresh.map(({ task }) => task).sort(), before.map(({ task }) => task).sort(), 'one for each task')
    t.ok(fresh.every(({ model_version: version }) => version === newVersion))
    await retrievePredictions(client, id)
    t.equal((await since(before, 'asked again')).length, fresh.length, 'and not one more')

    const next = await client.call('GET', `/api/projects/${id}/next`) as { id: number, predictions: Array<{ model_version: string }> }
    t.match(next.predictions, [{ model_version: newVersion }], 'the label stream shows the new one alone')
    t.match(await client.call('GET', `/api/annotations/${annotation}/`), { task: annotated.task, result: annotated.result }, 'the annotation is as it was submitted')
  })
})

/** Label Studio says how long ago it was, too. */
function withoutAge (prediction: StoredPrediction & { created_ago?: string }): StoredPrediction {
  const { created_ago: age, ...rest } = prediction
  return rest
}

function received (log: string): number {
  return log.split('"url":"/predict"').length
}

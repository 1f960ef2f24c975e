import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createProject } from '../../../src/label-studio/client/projects.ts'
import { readTasks } from '../../../src/label-studio/client/tasks.ts'
import type { PictureRecord } from '../../../src/picture-files/picture-record.ts'
import { callCli } from '../../factories/call-cli.ts'
import { temporaryFolder } from '../../factories/exported-tasks.ts'
import { lacksLabelStudio, startLabelStudio } from './label-studio.ts'
import { readPredictions } from './project.ts'
import { root } from '../../factories/service-process.ts'

t.test('what predict writes for Label Studio is imported there, with its pictures and people', { skip: lacksLabelStudio(), timeout: 300_000 }, async (t) => {
  const folder = await temporaryFolder(t)
  await mkdir(join(folder, 'photos', 'day 1'), { recursive: true })
  for (const [source, name] of [['figure-1.jpg', 'day 1/a & b.jpg'], ['figure-2.jpg', 'c.jpg'], ['empty-1.jpg', 'd.jpg']] as const) await copyFile(join(root, 'test/fixtures/drawn', source), join(folder, 'photos', name))
  Object.assign(process.env, { MODE: 'starter', WORKERS: '1' })
  const out = join(folder, 'out')
  const { code, err } = await callCli(['predict', join(folder, 'photos'), '--out', out, '--format', 'label-studio', '--picture-root', '/data/local-files/?d=photos'])
  t.equal(code, 0, err)

  const studio = await startLabelStudio(t, { localFiles: folder })
  const project = await createProject(studio.client, { title: 'predict', label_config: await readFile(join(out, 'label-studio', 'label-config.xml'), 'utf8') })
  await studio.client.call('POST', '/api/storages/localfiles', { body: { project: project.id, title: 'Pictures', path: join(folder, 'photos'), use_blob_urls: true } })
  t.same(await readdir(join(out, 'label-studio', 'tasks')), ['tasks-1.json'])
  await studio.client.call('POST', `/api/projects/${project.id}/import`, { body: JSON.parse(await readFile(join(out, 'label-studio', 'tasks', 'tasks-1.json'), 'utf8')) as object[] })

  const { tasks } = await readTasks(studio.client, project.id)
  const predictions = await readPredictions(studio.client, { project: project.id })
  t.equal(tasks.length, 3)
  for (const [name, source] of [['day 1/a & b.jpg', 'figure-1.jpg'], ['c.jpg', 'figure-2.jpg'], ['d.jpg', 'empty-1.jpg']] as const) {
    const address = `/data/local-files/?d=photos/${name.split('/').map(encodeURIComponent).join('/')}`
    const task = tasks.find(({ data }) => data['image'] === address)
    t.ok(task, address)
    const picture = await fetch(`${studio.url}${address}`, { headers: { authorization: `Token ${studio.token}` } })
    t.equal(picture.status, 200)
    t.same(Buffer.from(await picture.arrayBuffer()), await readFile(join(root, 'test/fixtures/drawn', source)), 'Label Studio shows this picture')
    const { people, modelVersion } = JSON.parse(await readFile(join(out, 'json', `${name}.json`), 'utf8')) as PictureRecord
    const [stored, ...others] = predictions.filter((prediction) => prediction.task === task!.id)
    t.equal(others.length, 0)
    t.equal(stored!.model_version, modelVersion)
    t.equal(stored!.result.filter(({ type }) => type === 'rectanglelabels').length, people.length)
    t.equal(stored!.result.filter(({ type }) => type === 'keypointlabels').length, people.flatMap(({ points }) => points).length)
  }
})

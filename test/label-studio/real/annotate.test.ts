/** `label-studio-rtmpose annotate` as a process of its own, against the real Label Studio. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Job } from '../../../src/jobs/job.ts'
import { countSelectedTasks } from '../../../src/label-studio/client/selected-tasks.ts'
import { createProject } from '../../../src/label-studio/client/projects.ts'
import { labelConfigPreset } from '../../../src/label-studio/label-config-preset.ts'
import { buildProgram } from '../../factories/build-program.ts'
import { temporaryFolder } from '../../factories/exported-tasks.ts'
import { createSeededRandom } from '../../factories/seeded-random.ts'
import { sharedDir } from '../../factories/shared-dir.ts'
import { toDataUri } from '../../factories/task.ts'
import { lacksLabelStudio, startLabelStudio } from './label-studio.ts'
import { nanoModels } from './nano-models.ts'
import { importPictures, readPredictions, uploadPictures } from './project.ts'
import { root } from '../../factories/service-process.ts'

t.test('annotate', { skip: lacksLabelStudio(), timeout: 600_000 }, async (t) => {
  await buildProgram()
  const studio = await startLabelStudio(t)
  const labelConfig = labelConfigPreset('body17')
  const newProject = async (title: string) => (await createProject(studio.client, { title, label_config: labelConfig })).id
  const tasksWith = async (project: number) => (await readPredictions(studio.client, { project })).map(({ task }) => task).sort((a, b) => a - b)

  function start (project: number, args: readonly string[] = []): ChildProcess & { output: () => Promise<{ code: number | null, out: string, err: string }> } {
    const child = spawn(process.execPath, ['dist/src/cli.js', 'annotate', '--project', String(project), ...args], {
      cwd: root,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...nanoModels, LABEL_STUDIO_URL: studio.url, LABEL_STUDIO_API_KEY: studio.pat, MODEL_DOWNLOAD: 'never', JOB_PAGES_PER_MINUTE: '6000' },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    const written = { out: '', err: '' }
    child.stdout.on('data', (chunk: Buffer) => { written.out += String(chunk) })
    child.stderr.on('data', (chunk: Buffer) => { written.err += String(chunk) })
    const closed = once(child, 'close')
    return Object.assign(child, { output: async () => { await closed; return { code: child.exitCode, ...written } } })
  }
  const run = (project: number, args: readonly string[] = []) => start(project, args).output()

  await t.test('the labelled photos and odd files: every task has a prediction or a named failure', async (t) => {
    const images = join(sharedDir()!, 'testdata', 'images')
    const files: Array<{ name: string, bytes: Uint8Array<ArrayBuffer> }> = []
    for (const folder of ['photos', 'formats']) {
      // Label Studio takes no AVIF as upload.
      for (const name of (await readdir(join(images, folder))).filter((name) => !name.endsWith('.avif')).sort()) files.push({ name: `${folder}-${name}`, bytes: new Uint8Array(await readFile(join(images, folder, name))) })
    }
    const project = await newProject('Photos')
    const tasks = await uploadPictures(studio, project, files)
    t.equal(tasks.length, files.length)

    const trial = await run(project, ['--dry-run'])
    t.match(trial, { code: 0, out: new RegExp(`Project ${project} has ${files.length} tasks. A job would give ${files.length} of them a prediction of rtmlib-custom@`) })
    t.same(await tasksWith(project), [], 'nothing was written')

    const { code, out, err } = await run(project, ['--json'])
    const job = JSON.parse(out) as Job
    const predicted = await tasksWith(project)
    t.equal(code, 65, 'broken files are among them')
    t.match(job, { state: 'done', total: files.length, done: predicted.length, failed: files.length - predicted.length })
    t.same([...predicted, ...job.failures.map(({ task }) => task)].sort((a, b) => a - b), [...tasks].sort((a, b) => a - b))
    const nameOf = new Map(tasks.map((task, i) => [task, files[i]!.name]))
    t.ok(job.failures.some(({ task, code }) => nameOf.get(task)!.endsWith('truncated.jpg') && code === 'POSE_ERR_IMAGE_TRUNCATED'))
    t.ok(job.failures.every(({ task }) => nameOf.get(task)!.startsWith('formats-')), 'no photo failed')
    t.ok(job.people > 60, `${job.people} people`)
    t.match(err, /^Model rtmlib-custom@/)
    t.comment(`${files.length} tasks, ${predicted.length} predictions, ${job.people} people, failures: ${job.failures.map(({ task, code }) => `${nameOf.get(task)} ${code}`).join(', ')}`)

    const again = await run(project)
    t.match(again, { code: 65, out: new RegExp(`^0 of ${job.failed} tasks have a prediction, 0 people found, ${job.failed} failed`) }, 'only those that failed are tried again')
    t.same(await tasksWith(project), predicted)
  })

  const figures = await Promise.all([1, 2, 3].map(async (number) => toDataUri(await readFile(join(root, `test/fixtures/drawn/figure-${number}.jpg`)))))
  /** Each picture is another one, so that no cache helps. */
  async function fill (project: number, count: number): Promise<number[]> {
    return await importPictures(studio.client, project, Array.from({ length: count }, (_, i) => figures[i % 3]!))
  }

  await t.test('which tasks, as Label Studio itself filters them', async (t) => {
    const project = await newProject('Filters')
    const tasks = await fill(project, 12)
    t.equal((await run(project, ['--ids', `${tasks[2]}-${tasks[4]},${tasks[9]}`, '--batch-size', '2'])).code, 0)
    t.same(await tasksWith(project), [tasks[2], tasks[3], tasks[4], tasks[9]])
    const file = join(await temporaryFolder(t), 'filter.json')
    await writeFile(file, JSON.stringify({ conjunction: 'and', items: [{ filter: 'filter:tasks:id', operator: 'less', type: 'Number', value: tasks[3] }] }))
    t.equal((await run(project, ['--filter', file])).code, 0)
    t.same(await tasksWith(project), [...tasks.slice(0, 5), tasks[9]])
    t.equal((await run(project, ['--limit', '2'])).code, 0)
    t.same(await tasksWith(project), [...tasks.slice(0, 7), tasks[9]])

    const before = (await readPredictions(studio.client, { project })).map(({ id }) => id)
    t.match(await run(project, ['--all', '--ids', `${tasks[0]},${tasks[11]}`]), { code: 0, out: /^2 of 2 tasks/ })
    const after = await readPredictions(studio.client, { project })
    t.same(after.map(({ task }) => task).sort((a, b) => a - b), [...tasks.slice(0, 7), tasks[9], tasks[11]], 'one each: what was there is replaced')
    t.same(after.filter(({ id }) => !before.includes(id)).map(({ task }) => task).sort((a, b) => a - b), [tasks[0], tasks[11]])

    await studio.client.call('POST', `/api/projects/${project}/import/predictions`, { body: [{ task: tasks[8], result: [], score: 0, model_version: 'rtmlib-balanced@00000000' }, { task: tasks[8], result: [], score: 0, model_version: 'mine' }] })
    t.equal((await run(project, ['--replace'])).code, 0)
    t.same((await readPredictions(studio.client, { task: tasks[8]! })).map(({ model_version: version }) => version!.replace(/@.*/, '')).sort(), ['mine', 'rtmlib-custom'])
    t.equal(await countSelectedTasks(studio.client, project, { withoutVersion: after[0]!.model_version! }), 0, 'every task has one now')
  })

  await t.test('Ctrl-C leaves what is done, and the same command goes on', async (t) => {
    const project = await newProject('Stopped')
    const tasks = await fill(project, 120)
    const first = start(project, ['--batch-size', '4'])
    await until(async () => (await tasksWith(project)).length >= 8)
    first.kill('SIGINT')
    const stopped = await first.output()
    const left = (await tasksWith(project)).length
    t.match(stopped, { code: 130, out: new RegExp(`The job is cancelled: ${left} of 120 tasks`), err: /Stopping[^]*The same command goes on/ })
    t.ok(left < 120)
    t.match(await run(project), { code: 0, out: new RegExp(`^${120 - left} of ${120 - left} tasks`) })
    t.same(await tasksWith(project), tasks)
  })

  await t.test('killed at random moments and run again: no task is lost or doubled', async (t) => {
    const seed = Number(process.env['KILL_SEED'] ?? 1)
    const random = createSeededRandom(seed)
    const project = await newProject('Killed')
    const tasks = await fill(project, 120)
    let kills = 0
    while (kills < 5) {
      const child = start(project, ['--batch-size', '10'])
      const before = (await tasksWith(project)).length
      await until(async () => child.exitCode !== null || (await tasksWith(project)).length > before)
      await sleep(random() * 500)
      if (child.exitCode !== null) break
      child.kill('SIGKILL')
      await child.output()
      kills++
    }
    t.ok(kills > 0)
    t.equal((await run(project)).code, 0)
    t.same(await tasksWith(project), tasks, `${kills} kills, seed ${seed}`)
  })
})

async function until (isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await isSo()) return
    await sleep(100)
  }
  throw new Error('it never came so far')
}

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { lacksChromium } from '../../factories/chromium.ts'
import { keepScreenshot } from '../../factories/keep-screenshot.ts'
import { openLabelStudio } from './browser.ts'
import { readDrawnFigure } from './drawn-figure.ts'
import { lacksLabelStudio, startLabelStudio } from './label-studio.ts'
import { addLocalFiles, connectProject, readPredictions, retrievePredictions } from './project.ts'
import { startService } from '../../factories/service-process.ts'

const tasksInAll = 60

/** A line of the service's log. */
interface LogLine { msg: string, task?: number, code?: string, detail?: string, tasks?: number, failed?: number }

t.test('Retrieve Predictions for 60 tasks, three of them with broken pictures', { skip: lacksLabelStudio() || lacksChromium(), timeout: 300_000 }, async (t) => {
  const files = await mkdtemp(join(tmpdir(), 'local-files-'))
  t.teardown(() => rm(files, { recursive: true, force: true }))
  const folder = join(files, 'photos')
  await mkdir(folder)
  const figures = await Promise.all([1, 2, 3, 4, 5, 6].map((number) => readDrawnFigure(`figure-${number}.jpg`)))
  const pictureOf = (number: number) => figures[number % figures.length]!.bytes
  for (let number = 0; number < tasksInAll; number++) await writeFile(join(folder, `${number}.jpg`), pictureOf(number))

  const studio = await startLabelStudio(t, { localFiles: files })
  // The starter models do: this counts predictions, whoever they see on them.
  const service = await startService(t, { LOCAL_FILES_DIR: files })
  const project = await connectProject(studio, service, 'Sixty pictures', 'body17')
  const tasks = await addLocalFiles(studio.client, project.id, folder)
  t.equal(tasks.length, tasksInAll)
  const rows = await studio.client.call('GET', '/api/tasks', { query: { project: project.id, page_size: 100, fields: 'task_only' } }) as { tasks: Array<{ id: number, data: { image: string } }> }
  const taskOf = (name: string) => rows.tasks.find(({ data }) => data.image.endsWith(`/${name}`) || data.image.endsWith(`%2F${name}`))!.id
  const broken = { truncated: taskOf('7.jpg'), missing: taskOf('21.jpg'), noPicture: taskOf('42.jpg') }
  await writeFile(join(folder, '7.jpg'), pictureOf(7).subarray(0, 9000))
  await rm(join(folder, '21.jpg'))
  await writeFile(join(folder, '42.jpg'), '<!doctype html><title>Sign in</title>')

  let read = 0
  /** What the service has logged since it was looked at last. */
  function newLines (): LogLine[] {
    const lines = service.log().slice(read).split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine)
    read = service.log().length
    return lines
  }
  const failuresIn = (lines: readonly LogLine[]) => lines.filter(({ code }) => code !== undefined).map(({ task, code }) => [task, code]).sort(([a], [b]) => Number(a) - Number(b))
  const batchesIn = (lines: readonly LogLine[]) => lines.filter(({ msg }) => msg === 'predicted').map(({ tasks, failed }) => [tasks, failed])
  const predictedTasks = async () => (await readPredictions(studio.client, { project: project.id })).map(({ task }) => task).sort((a, b) => a - b)
  const failures = [[broken.truncated, 'POSE_ERR_IMAGE_TRUNCATED'], [broken.missing, 'POSE_ERR_SOURCE_NOT_FOUND'], [broken.noPicture, 'POSE_ERR_IMAGE_FORMAT']].sort(([a], [b]) => Number(a) - Number(b))

  await t.test('by the Data Manager\'s action: 57 predictions, and three failures that are named', async (t) => {
    newLines()
    const page = await openLabelStudio(t, studio)
    await page.goto(`${studio.url}/projects/${project.id}/data`)
    await page.getByLabel('Select all rows').check()
    await page.getByLabel('Tasks Actions').click()
    await keepScreenshot(page, 'retrieve-predictions')
    await page.getByText('Retrieve Predictions').click()
    await Promise.all([page.waitForResponse((answer) => answer.url().includes('id=retrieve_tasks_predictions'), { timeout: 60_000 }), page.getByTestId('dialog-ok-button').click()])
    const lines = newLines()
    t.same(batchesIn(lines), [[60, 3]])
    t.same(failuresIn(lines), failures, 'in our log, by task and code')
    const log = await studio.readLog()
    for (const [, code] of failures) t.match(log, String(code), 'in Label Studio\'s log')
    t.same(await predictedTasks(), tasks.filter((task) => !Object.values(broken).includes(task)).sort((a, b) => a - b))
  })

  await t.test('again: only the three are asked for, and nothing doubles', async (t) => {
    await retrievePredictions(studio.client, project.id)
    const lines = newLines()
    t.same(batchesIn(lines), [[3, 3]])
    t.same(failuresIn(lines), failures)
    t.equal((await predictedTasks()).length, 57)
  })

  await t.test('a picture that has been repaired comes with the next call', async (t) => {
    await writeFile(join(folder, '7.jpg'), pictureOf(7))
    await retrievePredictions(studio.client, project.id)
    t.same(batchesIn(newLines()), [[3, 2]])
    const now = await predictedTasks()
    t.equal(now.length, 58)
    t.ok(now.includes(broken.truncated))
  })
})

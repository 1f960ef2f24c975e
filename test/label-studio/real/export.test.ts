import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { cocoWholebody133 } from '../../../models/keypoints/coco-wholebody-133.ts'
import type { Person } from '../../../models/person.ts'
import { createProject, type Project } from '../../../src/label-studio/client/projects.ts'
import { readTasks } from '../../../src/label-studio/client/tasks.ts'
import { labelConfigPreset } from '../../../src/label-studio/label-config-preset.ts'
import type { CocoWholebodyAnnotation } from '../../../src/exports/to-coco-wholebody-annotation.ts'
import { callCli } from '../../factories/call-cli.ts'
import { lacksChromium } from '../../factories/chromium.ts'
import { exportedTask, regionsOf, temporaryFolder } from '../../factories/exported-tasks.ts'
import { buildPerson } from '../../factories/person.ts'
import { toDataUri } from '../../factories/task.ts'
import { openLabelStudio } from './browser.ts'
import { openTask } from './editor.ts'
import { lacksLabelStudio, startLabelStudio, type LabelStudio } from './label-studio.ts'
import { root } from '../../factories/service-process.ts'

interface Coco {
  images: Array<{ id: number, file_name: string, width: number, height: number, task: number }>
  annotations: CocoWholebodyAnnotation[]
}

interface Figure { width: number, height: number, people: Array<{ box: [number, number, number, number], keypoints: Array<[number, number, number]> }> }

const drawn = join(root, 'test/fixtures/drawn')
const files = ['figure-1.jpg', 'figure-2.jpg', 'empty-1.jpg']
const xml = labelConfigPreset('wholebody133')

const readCoco = async (folder: string) => JSON.parse(await readFile(join(folder, 'annotations.json'), 'utf8')) as Coco
const pointsOf = (annotation: CocoWholebodyAnnotation) => [annotation.keypoints, annotation.foot_kpts, annotation.face_kpts, annotation.lefthand_kpts, annotation.righthand_kpts].flat()

/** A project with three uploaded pictures; its tasks by the name of the picture. */
async function makeProject (studio: LabelStudio): Promise<{ project: Project, tasks: Map<string, number> }> {
  const project = await createProject(studio.client, { title: 'export', label_config: xml })
  const form = new FormData()
  // One field name each: of files under the same name Label Studio keeps the last.
  for (const [index, name] of files.entries()) form.append(`file${index}`, new Blob([await readFile(join(drawn, name))], { type: 'image/jpeg' }), name)
  const answer = await fetch(`${studio.url}/api/projects/${project.id}/import`, { method: 'POST', headers: { authorization: `Token ${studio.token}` }, body: form })
  if (!answer.ok) throw new Error(await answer.text())
  const { tasks } = await readTasks(studio.client, project.id)
  return { project, tasks: new Map(tasks.map(({ id, data }) => [/-([\w-]+\.jpg)$/.exec(String(data['image']))![1]!, id])) }
}

/** The figure that was drawn, as a model would have found it. */
async function readFigures (): Promise<Map<string, Figure & { found: Person[] }>> {
  const truth = JSON.parse(await readFile(join(drawn, 'truth.json'), 'utf8')) as Record<string, Figure>
  return new Map(files.map((name) => {
    const figure = truth[name]!
    const found = figure.people.map(({ box, keypoints }) => buildPerson(cocoWholebody133, {
      bbox: box,
      points: Object.fromEntries(keypoints.map(([x, y], index) => [index, [x, y, 0.8] as const])),
      missing: keypoints.flatMap(([, , visible], index) => visible > 0 ? [] : [index])
    }))
    return [name, { ...figure, found }]
  }))
}

const toTriplets = (flat: readonly number[]) => Array.from({ length: flat.length / 3 }, (_, index) => flat.slice(index * 3, index * 3 + 3))

function near (t: Test, actual: readonly number[], expected: readonly number[], name: string): void {
  const wrong = actual.findIndex((value, index) => !(Math.abs(value - expected[index]!) < 0.01))
  t.ok(actual.length === expected.length && wrong < 0, wrong < 0 ? name : `${name}: number ${wrong} is ${actual[wrong]}, not ${expected[wrong]}`)
}

t.test('a project of Label Studio', { skip: lacksLabelStudio(), timeout: 300_000 }, async (t) => {
  const studio = await startLabelStudio(t)

  t.test('predictions and a correction', async (t) => {
    const { project, tasks } = await makeProject(studio)
    const figures = await readFigures()
    const regions = new Map([...figures].map(([name, { found, width, height }]) => [name, regionsOf(xml, found, { size: { width, height } })]))
    const predictions = [...regions].map(([name, result]) => ({ task: tasks.get(name), result, model_version: 'v1', score: 0.8 }))
    t.same(await studio.client.call('POST', `/api/projects/${project.id}/import/predictions`, { body: predictions }), { created: 3 })

    const out = await temporaryFolder(t)
    const call = (...args: string[]) => callCli(['export', '--url', studio.url, '--token', studio.pat, ...args])
    const folder = (name: string) => join(out, name)

    const copied = await call('--project', String(project.id), '--source', 'predictions', '--format', 'coco-wholebody', '--pictures', 'copy', '--out', folder('predicted'))
    t.same([copied.code, copied.err], [0, 'Left out: a picture that has nobody on it, and no region that tells its size, 1 x\n'])
    const predicted = await readCoco(folder('predicted'))
    t.equal(predicted.images.length, 2)
    for (const { id, file_name: name, width, height, task } of predicted.images) {
      const [original, figure] = [...figures].find(([key]) => tasks.get(key) === task)!
      t.same([width, height], [figure.width, figure.height])
      t.ok((await readFile(join(folder('predicted'), 'images', name))).equals(await readFile(join(drawn, original))), `${name} is ${original}`)
      const [annotation] = predicted.annotations.filter(({ image_id: image }) => image === id) as [CocoWholebodyAnnotation]
      near(t, pointsOf(annotation), figure.people[0]!.keypoints.flatMap(([x, y, visible]) => visible > 0 ? [x, y, 2] : [0, 0, 0]), original)
      const [x1, y1, x2, y2] = figure.people[0]!.box
      near(t, annotation.bbox, [x1, y1, x2 - x1, y2 - y1], `box of ${original}`)
    }

    t.test('a correction counts where annotations are asked for', async (t) => {
      const { width, height } = figures.get('figure-1.jpg')!
      const [nose, ...others] = regions.get('figure-1.jpg') as Array<Record<string, any>>
      const corrected = [
        { ...nose, origin: 'prediction-changed', value: { ...nose!['value'], x: 40, y: 20 } },
        // Without the left eye, and with a right eye drawn anew, which has no parent.
        ...others.slice(2).map((region) => ({ ...region, origin: 'prediction' })),
        { ...others[1], id: 'drawnByHand', parentID: undefined, score: undefined, origin: 'manual', value: { ...others[1]!['value'], x: 45, y: 19 } }
      ]
      const annotate = (name: string, result: unknown, more: object = {}) => studio.client.call('POST', `/api/tasks/${tasks.get(name)}/annotations/`, { body: { result, ...more } })
      await annotate('figure-1.jpg', corrected)
      await annotate('figure-2.jpg', regions.get('figure-2.jpg'), { was_cancelled: true })
      await annotate('empty-1.jpg', [])

      for (const format of ['coco-wholebody', 'yolo-pose']) {
        const { code, err } = await call('--project', String(project.id), '--format', format, '--out', folder(format))
        t.equal(code, 0, err)
      }
      const { images, annotations } = await readCoco(folder('coco-wholebody'))
      t.same(images.map(({ task, file_name: name }) => [task, name.replace(/[0-9a-f]{8}-/, '')]), [[tasks.get('figure-1.jpg'), `${project.id}/figure-1.jpg`]])
      t.equal(annotations.length, 1)
      near(t, annotations[0]!.keypoints.slice(0, 9), [0.4 * width, 0.2 * height, 2, 0, 0, 0, 0.45 * width, 0.19 * height, 2], 'nose and eyes')
      const labels = await readdir(join(folder('yolo-pose'), 'labels', String(project.id)))
      t.same(labels.map((name) => name.replace(/^[0-9a-f]{8}-/, '')).sort(), ['empty-1.txt', 'figure-1.txt'], 'a skipped task is none')

      const file = folder('studio.json')
      await writeFile(file, JSON.stringify(await studio.client.call('GET', `/api/projects/${project.id}/export`, { query: { exportType: 'JSON' } })))
      const fromFile = await callCli(['export', '--from', file, '--format', 'coco-wholebody', '--out', folder('from-file')])
      t.equal(fromFile.code, 0, fromFile.err)
      t.same(await readCoco(folder('from-file')), await readCoco(folder('coco-wholebody')), 'the file says the same')
    })
  })

  t.test('more tasks than a page', async (t) => {
    const body = labelConfigPreset('body17')
    const project = await createProject(studio.client, { title: 'many', label_config: body })
    const result = regionsOf(body, [buildPerson(cocoWholebody133), buildPerson(cocoWholebody133, { bbox: [500, 100, 900, 700] })])
    const tasks = Array.from({ length: 230 }, (_, index) => {
      const { data, annotations } = exportedTask(index + 1, result) as { data: object, annotations: Array<{ id?: number }> }
      // Every tenth is not labelled.
      return index % 10 === 9 ? { data } : { data, annotations: annotations.map(({ id, ...annotation }) => annotation) }
    })
    await studio.client.call('POST', `/api/projects/${project.id}/import`, { body: tasks })
    const out = await temporaryFolder(t)
    const { code, out: said, err } = await callCli(['export', '--url', studio.url, '--token', studio.pat, '--project', String(project.id), '--format', 'coco', '--out', join(out, 'coco')], 200)
    t.equal(code, 0, err)
    t.match(said, 'pictures 207, people 414, points 7038, from annotations')
    t.match(err, 'task 207 of 207, people 414')
    t.match(err, 'Left out: tasks without annotations, 23 x')
    const { images } = await readCoco(join(out, 'coco'))
    t.equal(new Set(images.map(({ id }) => id)).size, 207)
    t.match(await callCli(['export', '--url', studio.url, '--token', studio.pat, '--project', '999', '--format', 'coco', '--out', join(out, 'none')]), { code: 1, err: /^Label Studio refused a request/ })
    t.match(await callCli(['export', '--url', studio.url, '--token', studio.pat, '--project', String(project.id), '--source', 'predictions', '--format', 'coco', '--out', join(out, 'none')]), { code: 1, err: /^There is nothing to export/ })
    t.notOk((await readdir(out)).includes('none'))
  })

  t.test('a point marked as hidden in the editor, on a picture turned there', { skip: lacksChromium() }, async (t) => {
    const choices = '<Choices name="seen" toName="image" perRegion="true"><Choice value="occluded"/></Choices>'
    const config = labelConfigPreset('body17').replace('</View>\n</View>', `${choices}</View>\n</View>`).replace('<Image ', '<Image rotateControl="true" ')
    const project = await createProject(studio.client, { title: 'hidden', label_config: config })
    const { found, width, height } = (await readFigures()).get('figure-1.jpg')!
    const result = regionsOf(config, found, { size: { width, height } }) as Array<{ id: string }>
    const image = toDataUri(await readFile(join(drawn, 'figure-1.jpg')))
    await studio.client.call('POST', `/api/projects/${project.id}/import`, { body: [{ data: { image }, predictions: [{ result, model_version: 'v1' }] }] })
    const { tasks: [task] } = await readTasks(studio.client, project.id)

    const page = await openLabelStudio(t, studio)
    await openTask(page, studio.url, project, task!.id, result.length)
    // The editor's own store: points are too small to be clicked by their place.
    const isOpen = `window.Htx?.annotationStore?.selected?.type === 'annotation' && Htx.annotationStore.selected.regions.length === ${result.length}`
    await page.click('button[aria-label="rotate-left"]')
    await page.waitForFunction(`${isOpen} && Htx.annotationStore.selected.selectArea(Htx.annotationStore.selected.regions[0]) === undefined`, undefined, { timeout: 60_000 })
    await page.locator('text=occluded').first().click()
    await Promise.all([page.waitForResponse((answer) => answer.url().includes('/annotations') && answer.request().method() === 'POST'), page.click('button[aria-label="Submit current annotation"]')])

    const out = await temporaryFolder(t)
    const exportFrom = async (source: string) => {
      const { code, err } = await callCli(['export', '--url', studio.url, '--token', studio.pat, '--project', String(project.id), '--source', source, '--format', 'coco', '--out', join(out, source)])
      t.equal(code, 0, err)
      return (await readCoco(join(out, source))).annotations[0]!.keypoints
    }
    const [nose, ...others] = await exportFrom('annotations').then(toTriplets)
    const [predictedNose, ...predictedOthers] = await exportFrom('predictions').then(toTriplets)
    t.same(predictedNose![2], 2)
    t.same(nose![2], 1)
    near(t, [nose!.slice(0, 2), others].flat(2), [predictedNose!.slice(0, 2), predictedOthers].flat(2), 'everything else is as it was')
  })
})

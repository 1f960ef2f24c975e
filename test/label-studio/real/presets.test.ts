/** Every preset and interfaces of a user's own, in the real Label Studio: accepted, filled, shown as meant. */
import type { Page } from 'playwright-core'
import t from 'tap'
import { cocoWholebody133 } from '../../../models/keypoints/coco-wholebody-133.ts'
import { presetNames } from '../../../src/label-studio/label-config-preset.ts'
import type { Prediction } from '../../../src/label-studio/prediction-schema.ts'
import { lacksChromium } from '../../factories/chromium.ts'
import { keepScreenshot } from '../../factories/keep-screenshot.ts'
import { openLabelStudio } from './browser.ts'
import { readDrawnFigure, toDataUri } from './drawn-figure.ts'
import { openUntil } from './editor.ts'
import { lacksLabelStudio, startLabelStudio } from './label-studio.ts'
import { nanoDetectorStarterPose } from './nano-models.ts'
import { connectProject, retrievePredictions } from './project.ts'
import { startService } from './service.ts'

/** The parts of the editor's state that are read here. */
interface EditorWindow {
  Htx: { annotationStore: { validation: unknown[] | null, selected: { regionStore: { regions: unknown[], getRegionsTree (describe: () => object): RegionNode[] } } } }
}
interface RegionNode { item: { labelName?: string, type: string }, children: RegionNode[] }

// Many pages are opened, each of which takes ten seconds and more on a busy machine.
t.setTimeout(900_000)

t.test('presets and own interfaces', { skip: lacksLabelStudio() || lacksChromium(), timeout: 900_000 }, async (t) => {
  const studio = await startLabelStudio(t)
  const service = await startService(t, { LABEL_STUDIO_URL: studio.url, LABEL_STUDIO_API_KEY: studio.pat, ...nanoDetectorStarterPose })
  const page = await openLabelStudio(t, studio)
  const picture = toDataUri(await readDrawnFigure('figure-2.jpg'))

  /** What the service answers for a task of this interface; the models give the same each time. */
  async function ask (labelConfig: string, data: Record<string, unknown>): Promise<Prediction['result']> {
    const answer = await fetch(`${service.url}/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ tasks: [{ id: 1, data }], label_config: labelConfig }) })
    return (await answer.json() as { results: Prediction[] }).results[0]!.result
  }

  /**
   * Opens a task of a new project, to which Label Studio itself fetches the prediction, and waits until the editor holds all
   * of it (or objects to the interface). Not until all is drawn: skeletons and what lies on other pages cannot be asked.
   */
  async function openNew (title: string, labelConfig: string, data: Record<string, unknown>): Promise<Prediction['result']> {
    const project = await connectProject(studio, service, title, labelConfig)
    const result = await ask(project.labelConfig, data)
    const { task_ids: [task] } = await studio.client.call('POST', `/api/projects/${project.id}/import`, { query: { return_task_ids: true }, body: [{ data }] }) as { task_ids: number[] }
    await openUntil(page, studio.url, project, task!, (timeout) => page.waitForFunction((count) => {
      const store = (globalThis as unknown as Partial<EditorWindow>).Htx?.annotationStore
      return (store?.validation ?? []).length > 0 || store?.selected?.regionStore.regions.length === count
    }, result.length, { timeout }))
    return result
  }

  for (const name of presetNames) {
    await t.test(name, async (t) => {
      const result = await openNew(`Preset ${name}`, name, { image: picture })
      const boxes = result.filter(({ type }) => type === 'rectanglelabels')
      t.ok(boxes.length >= 2, 'people')
      t.ok(result.length > boxes.length, 'with points')
      t.same(await readConfigErrors(page), [])

      const tree = await readRegionTree(page)
      t.same(tree, boxes.map(({ id }) => ['person', result.filter(({ parentID }) => parentID === id).map(labelOf)]), 'a person after the other, with what belongs to them')
      for (const [, labels] of tree) {
        const order = labels.map((label) => name === 'skeleton' ? ['left_side', 'right_side', 'left_hand', 'right_hand'].indexOf(label) : cocoWholebody133.names.indexOf(label))
        t.same(order, [...order].sort((a, b) => a - b), 'a part after the other')
      }

      for (const header of await page.locator('.ant-collapse-header').all()) {
        t.equal(await header.getAttribute('aria-expanded'), 'false', 'folded at first')
        await header.click()
        t.equal(await header.getAttribute('aria-expanded'), 'true')
        await header.click()
        t.equal(await header.getAttribute('aria-expanded'), 'false')
      }
      await keepScreenshot(page, `preset-${name}`)
    })
  }

  const box = '<RectangleLabels name="box" toName="image" smart="false"><Label value="Mensch" alias="person"/></RectangleLabels>'
  const view = (...controls: string[]) => `<View><Image name="image" value="$image"/>${controls.join('')}</View>`

  await t.test('German names through alias', async (t) => {
    const german = { nose: 'Nase', left_shoulder: 'Linke Schulter', right_shoulder: 'Rechte Schulter' }
    const labels = Object.entries(german).map(([alias, value]) => `<Label value="${value}" alias="${alias}"/>`).join('')
    const result = await openNew('Alias', view(`<KeyPointLabels name="punkte" toName="image">${labels}</KeyPointLabels>`, box), { image: picture })
    t.ok(result.length > 2)
    t.same(new Set(result.map(labelOf)), new Set([...Object.keys(german), 'person']), 'the alias stands in the result')
    t.same(await readConfigErrors(page), [])
    // Once as a label, and once for each region of it in the panel, which is drawn after the editor holds the regions.
    for (const value of [...Object.values(german), 'Mensch']) await t.resolves(page.getByText(value, { exact: true }).nth(1).waitFor({ state: 'attached', timeout: 30_000 }), `the editor shows ${value}`)
    t.equal(await page.getByText('left_shoulder', { exact: true }).count(), 0)
  })

  await t.test('one control for all points', async (t) => {
    const labels = cocoWholebody133.names.map((value) => `<Label value="${value}"/>`).join('')
    const result = await openNew('One control', view(`<KeyPointLabels name="points" toName="image">${labels}</KeyPointLabels>`), { image: picture })
    t.ok(result.length > 100)
    t.ok(result.every(({ from_name: from, parentID }) => from === 'points' && parentID === undefined))
    t.same((await readRegionTree(page)).map(([label]) => label), result.map(labelOf), 'without boxes a flat list, a person after the other')
  })

  await t.test('model_index, as in the YOLO examples of Label Studio', async (t) => {
    const labels = ['A', 'B', 'C'].map((value, index) => `<Label value="${value}" predicted_values="person" model_index="${index + 5}"/>`).join('')
    const result = await openNew('Indices', view('<RectangleLabels name="kp_bbox" toName="image" model_skip="true"><Label value="person" predicted_values="person"/></RectangleLabels>',
      `<KeyPointLabels name="kp" toName="image" model_score_threshold="0.75" model_add_bboxes="true" model_point_size="1">${labels}</KeyPointLabels>`), { image: picture })
    t.same(new Set(result.map(labelOf)), new Set(['A', 'B', 'C', 'person']))
    t.same(await readConfigErrors(page), [])
  })

  await t.test('two pictures per task', async (t) => {
    const control = (name: string) => `<KeyPointLabels name="points_${name}" toName="${name}"><Label value="nose"/><Label value="left_wrist"/></KeyPointLabels>`
    const xml = `<View><Image name="image" value="$front"/><Image name="second" value="$back"/>${control('image')}${control('second')}</View>`
    const result = await openNew('Two pictures', xml, { front: picture, back: toDataUri(await readDrawnFigure('figure-1.jpg')) })
    t.same(new Set(result.map(({ from_name: from, to_name: to }) => `${from} ${to}`)), new Set(['points_image image', 'points_second second']))
    t.same(await readConfigErrors(page), [])
  })

  await t.test('a list of pages', async (t) => {
    const xml = view('<KeyPointLabels name="points" toName="image"><Label value="nose"/></KeyPointLabels>').replace('value="$image"', 'valueList="$pages"')
    const result = await openNew('Pages', xml, { pages: [picture, toDataUri(await readDrawnFigure('figure-1.jpg'))] })
    t.same(new Set(result.map(({ item_index: page }) => page)), new Set([0, 1]))
    t.same(await readConfigErrors(page), [])
  })

  for (const [tag, control] of [['Video', '<VideoRectangle name="control" toName="object"/>'], ['Text', '<Choices name="control" toName="object"><Choice value="a"/></Choices>']] as const) {
    await t.test(`${tag} is refused with a sentence`, async (t) => {
      const sentence = `The labelling interface has nothing this model can fill: it has no Image tag (only ${tag})`
      const project = await connectProject(studio, service, `No pictures: ${tag}`, `<View><${tag} name="object" value="$object"/>${control}</View>`)
      t.ok(service.log().includes(sentence), 'in our log, already on connecting')
      await studio.client.call('POST', `/api/projects/${project.id}/import`, { body: [{ data: { object: 'x' } }] })
      await retrievePredictions(studio.client, project.id)
      t.ok((await studio.readLog()).includes(sentence), 'in the log of Label Studio, on retrieving')
    })
  }

  await t.test('a faulty interface is noticed here', async (t) => {
    await openNew('Faulty', view('<KeyPointLabels name="points" toName="image"><Label value="nose"/></KeyPointLabels>',
      '<Choices name="both" toName="image" perRegion="true" perItem="true"><Choice value="a"/></Choices>'), { image: picture })
    t.not((await readConfigErrors(page)).length, 0)
  })
})

function labelOf (region: Prediction['result'][number]): string {
  const value = region.value as Record<string, unknown>
  return (value[region.type] as string[])[0]!
}

/** What the editor has to say against the interface; it shows it in place of the picture. */
async function readConfigErrors (page: Page): Promise<unknown[]> {
  return page.evaluate(() => (globalThis as unknown as EditorWindow).Htx.annotationStore.validation ?? [])
    .then((errors) => [...errors])
}

/** The region panel from top to bottom, as [label, labels of what is folded under it]. */
async function readRegionTree (page: Page): Promise<Array<[string, string[]]>> {
  return page.evaluate(() => {
    const labelOf = ({ item }: RegionNode) => item.labelName ?? item.type
    return (globalThis as unknown as EditorWindow).Htx.annotationStore.selected.regionStore.getRegionsTree(() => ({})).map((node): [string, string[]] => [labelOf(node), node.children.map(labelOf)])
  })
}

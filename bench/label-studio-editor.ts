/**
 * How long Label Studio's editor takes until it answers, per preset and number of people.
 *
 *     LABEL_STUDIO_VENV=... npx tsx bench/label-studio-editor.ts [--presets skeleton,wholebody133] [--people 1,3,6,12] [--rounds 1]
 *
 * Opens tasks with predictions of drawn people in Chromium, in turns, and prints medians. "calm" is the time until all regions
 * are there and the page's main thread has nothing more to do: a second follows in which it works for less than a tenth;
 * "processor" is the time for which that thread has worked until then, which busy neighbours change less.
 */
import { parseArgs } from 'node:util'
import type { CDPSession, Page } from 'playwright-core'
import { cocoWholebody133 } from '../models/keypoints/coco-wholebody-133.ts'
import { createProject } from '../src/label-studio/client/projects.ts'
import { labelConfigPreset, presetNames, type PresetName } from '../src/label-studio/label-config-preset.ts'
import { matchControls } from '../src/label-studio/match-controls.ts'
import { parseLabelConfig } from '../src/label-studio/parse-label-config.ts'
import { toPrediction } from '../src/label-studio/to-prediction.ts'
import { lacksChromium } from '../test/factories/chromium.ts'
import { drawCrowd } from '../test/factories/drawn-crowd.ts'
import { openLabelStudio } from '../test/label-studio/real/browser.ts'
import { toDataUri } from '../test/label-studio/real/drawn-figure.ts'
import { lacksLabelStudio, startLabelStudio, type LabelStudio } from '../test/label-studio/real/label-studio.ts'

interface BenchTask { preset: PresetName, people: number, regions: number, address: string, calm: number[], processor: number[] }

interface EditorWindow {
  Htx?: { annotationStore: { selected?: { names: Map<string, { stageRef?: object }>, regionStore: { regions: unknown[] } } } }
}

const { values } = parseArgs({ options: { presets: { type: 'string', default: presetNames.join(',') }, people: { type: 'string', default: '0,1,3,6,12' }, rounds: { type: 'string', default: '1' } } })
const why = lacksLabelStudio() || lacksChromium()
if (why !== false) throw new Error(why)

const endings: Array<() => unknown> = []
const life = { teardown: (end: () => unknown) => { endings.unshift(end) } }
try {
  const studio = await startLabelStudio(life)
  const tasks: BenchTask[] = []
  for (const preset of values.presets.split(',') as PresetName[]) tasks.push(...await addTasks(studio, preset, values.people.split(',').map(Number)))
  const page = await openLabelStudio(life, studio)
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
  // The first opening compiles the page's code, which the browser then keeps.
  await open(page, devtools, tasks[0]!)
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const task of tasks) {
      const { calm, processor } = await open(page, devtools, task)
      task.calm.push(calm)
      task.processor.push(processor)
      console.error(`${task.preset}, ${task.people}: calm after ${calm.toFixed(1)} s, processor ${processor.toFixed(1)} s`)
    }
  }
  console.log(`\nLabel Studio ${studio.version}, medians of ${values.rounds}; seconds\n`)
  console.log('| preset | people | regions | calm | processor |\n|---|---|---|---|---|')
  for (const { preset, people, regions, calm, processor } of tasks) console.log(`| \`${preset}\` | ${people} | ${regions} | ${median(calm).toFixed(1)} | ${median(processor).toFixed(1)} |`)
} finally {
  for (const end of endings) await end()
}

/** A project of the preset with a task for each number of people. */
async function addTasks ({ client, url }: LabelStudio, preset: PresetName, counts: readonly number[]): Promise<BenchTask[]> {
  const labelConfig = labelConfigPreset(preset)
  const { pictures } = matchControls(parseLabelConfig(labelConfig), cocoWholebody133)
  const { id } = await createProject(client, { title: `Bench ${preset}`, label_config: labelConfig })
  const tasks: BenchTask[] = []
  // One after the other: Label Studio mixes up the numbers of tasks that are imported at once.
  for (const count of counts) {
    const crowd = await drawCrowd(Math.max(1, count))
    const prediction = toPrediction(pictures.map((plan) => ({ plan, itemIndex: null, ...crowd, people: crowd.people.slice(0, count) })), { keypointSet: cocoWholebody133, modelVersion: 'v1', keypointSize: 0.3 })
    const body = [{ data: { image: toDataUri(crowd) }, predictions: [prediction] }]
    const { task_ids: [task] } = await client.call('POST', `/api/projects/${id}/import`, { query: { return_task_ids: true }, body }) as { task_ids: number[] }
    tasks.push({ preset, people: count, regions: prediction.result.length, address: `${url}/projects/${id}/data?task=${task}`, calm: [], processor: [] })
  }
  return tasks
}

/** Seconds from the start of the navigation. */
async function open (page: Page, devtools: CDPSession, { address, regions }: BenchTask): Promise<{ calm: number, processor: number }> {
  await page.goto('about:blank')
  const from = { wall: performance.now(), processor: await readProcessor(devtools) }
  await page.goto(address)
  await page.waitForFunction((count) => {
    const annotation = (globalThis as unknown as EditorWindow).Htx?.annotationStore.selected
    return annotation?.names.get('image')?.stageRef != null && annotation.regionStore.regions.length === count
  }, regions, { timeout: 60_000, polling: 100 })
  for (;;) {
    const now = { wall: performance.now(), processor: await readProcessor(devtools) }
    await page.waitForTimeout(1000)
    if (await readProcessor(devtools) - now.processor < 0.1) return { calm: (now.wall - from.wall) / 1000, processor: now.processor - from.processor }
  }
}

/** Seconds that the page's main thread has worked. */
async function readProcessor (devtools: CDPSession): Promise<number> {
  const { metrics } = await devtools.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0
}

function median (numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}

/** Label Studio's editor in the browser: what an annotator sees and does. */
import type { Page, Response } from 'playwright-core'
import type { ConnectedProject, StoredAnnotation } from './project.ts'

/** A region as the editor holds it, with its place on the page. */
export interface EditorRegion {
  /** As the service gave it. */
  id: string
  /** Of the person's rectangle. */
  parent: string | null
  type: string
  label: string | null
  score: number | null
  origin: string
  /** Percent of the picture. */
  x: number
  y: number
  width: number | null
  height: number | null
  /** The middle of a point, the top left corner of a rectangle; null while it is not drawn. */
  at: Spot | null
}

/** In CSS pixels of the page. */
export interface Spot { x: number, y: number }

/** The page's window, which types of Node do not know; the editor's own state hangs on it. */
interface EditorWindow {
  addEventListener (event: 'mouseup', listener: () => void, options: { capture: boolean, once: boolean }): void
  requestAnimationFrame (callback: () => void): void
  Htx?: { annotationStore?: { selected?: EditorAnnotation } }
}

interface EditorAnnotation {
  names: Map<string, { stageRef?: Stage, canvasSize: { width: number, height: number } }>
  regionStore: { regions: EditorState[] }
}

interface Stage { container (): { getBoundingClientRect (): Spot } }

interface EditorState {
  cleanId: string
  parentID: string | null
  type: string
  labels?: string[]
  score: number | null
  origin: string
  x: number
  y: number
  width?: number
  height?: number
  shapeRef?: { getAbsolutePosition (): Spot } | null
}

/**
 * Opens a task in the Data Manager and waits for it. Opened by its address, a task at times comes without its predictions: Label
 * Studio's page then shows the copy of the task from the list, which has none, in place of the one it asked for. The next opening
 * has them, so there are three.
 * @param arrived waits for what the task must hold, at most as long as it is told (ms)
 */
export async function openUntil<T> (page: Page, url: string, { id }: Pick<ConnectedProject, 'id'>, task: number, arrived: (timeout: number) => Promise<T>): Promise<T> {
  const open = async (timeout: number): Promise<T> => {
    await page.goto(`${url}/projects/${id}/data?task=${task}`)
    return arrived(timeout)
  }
  return await open(20_000).catch(() => open(30_000)).catch(() => open(90_000))
}

/**
 * Opens a task and waits until its regions are drawn.
 * @param regions how many are waited for, at least; 0 for a picture without people
 */
export async function openTask (page: Page, url: string, project: Pick<ConnectedProject, 'id'>, task: number, regions: number): Promise<EditorRegion[]> {
  return openUntil(page, url, project, task, (timeout) => waitForRegions(page, regions, timeout))
}

/** Waits until the picture and at least so many regions are drawn and lie still: the page is laid out anew as its panels come. */
export async function waitForRegions (page: Page, count: number, timeout = 90_000): Promise<EditorRegion[]> {
  await page.waitForFunction((count) => {
    const annotation = (globalThis as unknown as EditorWindow).Htx?.annotationStore?.selected
    const regions = annotation?.regionStore.regions
    return annotation?.names.get('image')?.stageRef != null && regions !== undefined && regions.length >= count && regions.every(({ shapeRef }) => shapeRef)
  }, count, { timeout, polling: 50 })
  for (let last = '', now = await whereItLies(page); now !== last; now = await whereItLies(page)) {
    last = now
    await page.waitForTimeout(300)
  }
  return readRegions(page)
}

/** The corners of the picture and the place of the regions on the page, as text to compare. */
async function whereItLies (page: Page): Promise<string> {
  const corners = await findOnPage(page, [{ x: 0, y: 0 }, { x: 100, y: 100 }])
  return JSON.stringify([corners, (await readRegions(page)).map(({ at }) => at)])
}

/** In the editor's order: what comes first lies on top. */
export async function readRegions (page: Page): Promise<EditorRegion[]> {
  return page.evaluate(() => {
    const annotation = (globalThis as unknown as EditorWindow).Htx!.annotationStore!.selected!
    const { x: left, y: top } = annotation.names.get('image')!.stageRef!.container().getBoundingClientRect()
    return annotation.regionStore.regions.map(({ cleanId, parentID, type, labels, score, origin, x, y, width, height, shapeRef }) => {
      const spot = shapeRef?.getAbsolutePosition()
      return {
        id: cleanId,
        parent: parentID || null,
        type,
        label: labels?.[0] ?? null,
        score,
        origin,
        x,
        y,
        width: width ?? null,
        height: height ?? null,
        at: spot ? { x: left + spot.x, y: top + spot.y } : null
      }
    })
  })
}

/** Where a place of the picture (percent) lies on the page. */
export async function findOnPage (page: Page, places: readonly Spot[]): Promise<Spot[]> {
  return page.evaluate((places) => {
    const { stageRef, canvasSize } = (globalThis as unknown as EditorWindow).Htx!.annotationStore!.selected!.names.get('image')!
    const { x: left, y: top } = stageRef!.container().getBoundingClientRect()
    return places.map(({ x, y }) => ({ x: left + x * canvasSize.width / 100, y: top + y * canvasSize.height / 100 }))
  }, places)
}

/** Switches on Auto-Annotation and Auto-Accept Suggestions, as an annotator does who wants people by drawing. */
export async function switchOnAutoAnnotation (page: Page): Promise<void> {
  for (const name of ['Auto-Annotation', 'Auto-Accept Suggestions']) {
    if (!await page.getByLabel(name, { exact: true }).isChecked()) await page.getByText(name, { exact: true }).click()
  }
}

/** Takes one of the tools that ask the model; they share a place in the tool bar. */
export async function takeSmartTool (page: Page, tool: 'rectangle-tool' | 'key-point-tool'): Promise<void> {
  // The group shows the tool that was used last; a second press on the active one would put it down.
  const isActive = () => page.locator(`.lsf-tool_smart.lsf-tool_active[aria-label=${tool}]`).count()
  if (await isActive() > 0) return
  const group = page.locator('button.lsf-tool_smart:visible').first()
  await group.click()
  if (await isActive() > 0) return
  await group.hover()
  await page.locator(`.lsf-tool_smart[aria-label=${tool}]:visible`).last().click()
}

/**
 * Milliseconds in the browser from the release of the mouse until so many regions are drawn; NaN after half a minute.
 * @param act what ends with the release
 */
export async function timeUntilDrawn (page: Page, count: number, act: () => Promise<void>): Promise<number> {
  // The listener must be there before the mouse is released, so it is waited for first and asked afterwards.
  const watch = await page.evaluateHandle((count) => {
    const window = globalThis as unknown as EditorWindow
    const drawn = new Promise<number>((resolve) => {
      window.addEventListener('mouseup', () => {
        const released = performance.now()
        const look = () => {
          const { regions } = window.Htx!.annotationStore!.selected!.regionStore
          const isDrawn = regions.length >= count && regions.every(({ shapeRef }) => shapeRef)
          if (isDrawn || performance.now() - released > 30_000) resolve(isDrawn ? performance.now() - released : NaN)
          else window.requestAnimationFrame(look)
        }
        look()
      }, { capture: true, once: true })
    })
    return { drawn }
  }, count)
  await act()
  return watch.evaluate(({ drawn }) => drawn)
}

/** Presses the mouse at one place and releases it at another, in steps as a hand does. */
export async function drag (page: Page, from: Spot, to: Spot): Promise<void> {
  await page.mouse.move(from.x, from.y)
  await page.mouse.down()
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2)
  await page.mouse.move(to.x, to.y)
  await page.mouse.up()
}

/** Presses Submit or Update. @returns the annotation as it was stored */
export async function submit (page: Page): Promise<StoredAnnotation> {
  const stored = (answer: Response) => /\/api\/(tasks\/\d+\/annotations|annotations\/\d+)/.test(answer.url()) && ['POST', 'PATCH'].includes(answer.request().method())
  const [answer] = await Promise.all([page.waitForResponse(stored), page.getByRole('button', { name: /^(Submit|Update)( current annotation)?$/ }).click()])
  if (!answer.ok()) throw new Error(`the annotation was answered ${answer.status()}: ${await answer.text()}`)
  return await answer.json() as StoredAnnotation
}

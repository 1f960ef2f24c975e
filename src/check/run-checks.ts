import { createPoseError, isPoseError } from '../errors.ts'
import { checkConnection } from './check-connection.ts'
import type { CheckContext } from './check-context.ts'
import { checkLabelConfig } from './check-label-config.ts'
import { checkLabelStudio } from './check-label-studio.ts'
import { checkModel } from './check-model.ts'
import { checkPictures, type EstimatedPicture } from './check-pictures.ts'
import { checkPrediction } from './check-prediction.ts'
import { checkRefusals } from './check-refusals.ts'
import type { CheckLine, CheckReport } from './check-report.ts'
import { checkTitles, finding, findingOf, type CheckId } from './check-sentences.ts'
import { checkToken } from './check-token.ts'
import { checkVersions } from './check-versions.ts'
import { checkWebhook } from './check-webhook.ts'
import { findProjects, type ConnectedProject } from './find-projects.ts'

export interface CheckRequest {
  /** Number of the project to look at; null: all that this service is connected to, the newest ones. */
  project: number | null
  /** Whether the prediction is to be drawn. */
  wantsDrawing: boolean
}

/** Milliseconds for one request to Label Studio: it waits for every connection of a project, seconds for one that does not answer. */
export const checkTimeoutMs = 20_000

/** Longest check in milliseconds. Label Studio itself takes seconds for every connection that does not answer. */
export const checkBudgetMs = 90_000

/** Projects that are looked at closely. */
const mostProjects = 5

/**
 * Looks at everything that stands between a picture in Label Studio and its prediction there. A failed check fails itself only; what cannot
 * be looked at after it is skipped.
 * @param signal ends it; a check that it interrupts has failed
 * @throws what nobody expected
 */
export async function runChecks (context: CheckContext, { project, wantsDrawing }: CheckRequest, signal: AbortSignal): Promise<CheckReport> {
  const { service } = context
  const [model, { lines, picture }] = await Promise.all([
    service === null ? [] : checkModel(service),
    checkFromLabelStudio(context, project, signal)
  ])
  const checks = [...model, ...lines]
  let drawing: Uint8Array | null = null
  if (service === null) {
    checks.push(finding('PREDICTION_SKIPPED'))
  } else {
    checks.push(...checkRefusals(service.received))
    const prediction = await checkPrediction(service, picture, wantsDrawing, signal)
    checks.push(prediction.line)
    drawing = prediction.drawing
  }
  return { ok: checks.every(({ state }) => state !== 'failed'), checks: inOrder(checks), drawing: drawing === null ? null : Buffer.from(drawing).toString('base64') }
}

interface Looked { lines: CheckLine[], picture: EstimatedPicture | null }

async function checkFromLabelStudio (context: CheckContext, wanted: number | null, signal: AbortSignal): Promise<Looked> {
  const { labelStudio, service, port } = context
  if (labelStudio === null) return { lines: [finding('LABEL_STUDIO_UNSET')], picture: null }
  const { client, token } = labelStudio
  const lines: CheckLine[] = []
  const looked: Looked = { lines, picture: null }
  let isTaken = false
  await guard(looked, 'label-studio', undefined, async () => {
    const found = await checkLabelStudio(client.url, signal)
    lines.push(...found.lines)
    if (!found.isThere) return
    const taken = await checkToken(client, token)
    lines.push(taken.line)
    isTaken = taken.isTaken
  })
  if (!isTaken) {
    lines.push(finding('PROJECTS_SKIPPED'))
    return looked
  }

  await guard(looked, 'projects', undefined, async () => {
    const found = await findProjects(client, { wanted, received: service?.received ?? null, port })
    lines.push(...found.lines)
    for (const connected of found.projects.slice(0, mostProjects)) {
      if (signal.aborted) throw createPoseError('CANCELLED', 'the time for the check ran out')
      await checkProject(connected, context, looked, signal)
    }
  })
  return looked
}

async function checkProject (connected: ConnectedProject, context: CheckContext, looked: Looked, signal: AbortSignal): Promise<void> {
  const { labelStudio, service, keypointSet } = context
  const { project } = connected
  const client = labelStudio!.client
  const ourVersion = service?.health().model_version ?? null
  const { lines } = looked
  lines.push(checkLabelConfig(project.label_config ?? '', keypointSet(), project.id))
  await Promise.all([
    guard(looked, 'connection', project.id, async () => { lines.push(...await checkConnection(client, connected, ourVersion)) }),
    guard(looked, 'webhook', project.id, async () => { if (connected.backends.length > 0) lines.push(await checkWebhook(client, connected, service?.received ?? null)) }),
    guard(looked, 'versions', project.id, async () => { lines.push(...await checkVersions(client, connected, ourVersion)) }),
    guard(looked, 'pictures', project.id, async () => {
      const pictures = await checkPictures(client, project, context, signal)
      lines.push(...pictures.lines)
      looked.picture ??= pictures.picture
    })
  ])
}

/** Makes a failure of the check itself (Label Studio refused a list, the time ran out) its finding. */
async function guard ({ lines }: Looked, id: CheckId, project: number | undefined, check: () => Promise<void>): Promise<void> {
  try {
    await check()
  } catch (error) {
    if (!isPoseError(error)) throw error
    lines.push(findingOf(id, error, { project }))
  }
}

/** What is about all first, then project by project, each in the order of the titles; the prediction, which sums up, last. */
function inOrder (lines: readonly CheckLine[]): CheckLine[] {
  const ids = Object.keys(checkTitles)
  const afterProjects = (id: string) => id === 'refusals' || id === 'prediction'
  const rank = ({ id, project }: CheckLine) => [afterProjects(id) ? 2 : project === undefined ? 0 : 1, -(project ?? 0), ids.indexOf(id)]
  return [...lines].sort((a, b) => {
    const [ranksA, ranksB] = [rank(a), rank(b)]
    return ranksA.map((value, index) => value - ranksB[index]!).find((difference) => difference !== 0) ?? 0
  })
}

import { isPoseError } from '../errors.ts'
import type { LabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import { readNewestProjects, readProject, type Project } from '../label-studio/client/projects.ts'
import { isOwnVersion } from '../label-studio/connect/is-own-version.ts'
import { withExplanation } from '../label-studio/connect/with-explanation.ts'
import { inLanes } from '../inference/in-lanes.ts'
import type { CheckLine } from './check-report.ts'
import { finding, findingOf } from './check-sentences.ts'
import { observeBackends, type ObservedBackend } from './observe-backends.ts'
import type { ReceivedCalls } from './received-calls.ts'

/** A project and those of its connections that are, or may be meant to be, to this service. */
export interface ConnectedProject {
  project: Project
  backends: ObservedBackend[]
}

export interface FindProjectsOptions {
  /** Look at this one only, connected or not. */
  wanted: number | null
  received: ReceivedCalls | null
  /** That the service listens on. */
  port: number
  /** Projects looked at. */
  most?: number
  /** Milliseconds for looking: a dead connection of another backend costs Label Studio seconds. */
  budgetMs?: number
}

/** Projects asked for at once. */
const lanes = 4

/** Finds the projects that this service is connected to, the newest first. */
export async function findProjects (client: LabelStudioClient, { wanted, received, port, most = 30, budgetMs = 20_000 }: FindProjectsOptions): Promise<{ lines: CheckLine[], projects: ConnectedProject[] }> {
  const isOurs = (backend: ObservedBackend) => mayBeOurs(backend, port)
  if (wanted !== null) {
    try {
      const project = await withExplanation({ subject: 'project', project: wanted }, () => readProject(client, wanted))
      const backends = await observeBackends(client, wanted, received)
      const ours = backends.filter(isOurs)
      return { lines: [], projects: [{ project, backends: ours.length > 0 ? ours : backends }] }
    } catch (error) {
      if (!isPoseError(error)) throw error
      return { lines: [findingOf('projects', error)], projects: [] }
    }
  }

  const { total, projects: newest } = await readNewestProjects(client, most)
  const end = performance.now() + budgetMs
  const found: ConnectedProject[] = []
  let looked = 0
  await inLanes(newest, lanes, async (project) => {
    if (performance.now() > end) return
    const backends = await observeBackends(client, project.id, received).catch(orNothing)
    if (backends === null) return
    looked++
    const ours = backends.filter(isOurs)
    if (ours.length > 0) found.push({ project, backends: ours })
  })
  found.sort((a, b) => b.project.id - a.project.id)
  return { lines: [describe(found, looked, total)], projects: found }
}

/** One project that Label Studio cannot tell about, or not in time, must not hide the others. */
function orNothing (error: unknown): null {
  if (isPoseError(error)) return null
  throw error
}

/** A connection whose calls do not arrive is known by its port, or by a version that only this service gives. */
function mayBeOurs ({ row, setupArrived, healthArrived }: ObservedBackend, port: number): boolean {
  if (setupArrived === true || healthArrived === true) return true
  if (isOwnVersion(row.model_version) || isOwnVersion(row.title)) return true
  return URL.canParse(row.url) && new URL(row.url).port === String(port)
}

function describe (found: readonly ConnectedProject[], looked: number, total: number): CheckLine {
  const names = list(found.map(({ project }) => `project ${project.id}${project.title === null ? '' : ` "${project.title.slice(0, 40)}"`}`))
  if (looked < total) return finding('PROJECTS_CUT', [looked, total, names === '' ? 'none of them' : names])
  return found.length === 0 ? finding('PROJECTS_NONE', [total]) : finding('PROJECTS_OK', [names])
}

function list (names: readonly string[]): string {
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ')
}

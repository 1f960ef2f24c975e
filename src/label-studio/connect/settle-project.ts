import { createPoseError } from '../../errors.ts'
import type { LabelStudioClient } from '../client/label-studio-client.ts'
import { createProject, findProjects, readProject, type Project } from '../client/projects.ts'
import type { Step } from './step.ts'
import { withExplanation } from './with-explanation.ts'

/** By its number, which must exist, or by its title, which is made where it does not. */
export type WantedProject = { id: number } | { title: string }

/**
 * The project to connect.
 * @param toLabelConfig called for the labelling interface of a project that is made here; none is made where it throws
 * @throws PoseError LABEL_STUDIO_PROJECT (not there, not allowed, or several of that title), and as LabelStudioClient.call and toLabelConfig
 */
export async function settleProject (client: LabelStudioClient, wanted: WantedProject, toLabelConfig: () => Promise<string>): Promise<{ project: Project, step: Step }> {
  if ('id' in wanted) {
    const project = await withExplanation({ subject: 'project', project: wanted.id }, () => readProject(client, wanted.id))
    return { project, step: describe('found', project) }
  }
  const [project, ...more] = await withExplanation({ subject: 'project' }, () => findProjects(client, wanted.title))
  if (project === undefined) {
    const labelConfig = await toLabelConfig()
    const created = await withExplanation({ subject: 'project' }, () => createProject(client, { title: wanted.title, label_config: labelConfig }))
    return { project: created, step: describe('created', created) }
  }
  if (more.length > 0) throw createPoseError('LABEL_STUDIO_PROJECT', `"${wanted.title}" is the title of ${[project, ...more].map(({ id }) => id).join(', ')}: give one of these numbers`)
  return { project, step: describe('found', project) }
}

function describe (state: Step['state'], { id, title }: Project): Step {
  return { name: 'project', state, text: `"${title}", number ${id}` }
}

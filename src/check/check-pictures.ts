import { isPoseError } from '../errors.ts'
import type { PictureEstimate } from '../inference/pose-engine.ts'
import type { LabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import type { Project } from '../label-studio/client/projects.ts'
import { readTasks, type TaskRow } from '../label-studio/client/tasks.ts'
import { parseLabelConfig } from '../label-studio/parse-label-config.ts'
import { findTaskImages } from '../label-studio/task-image.ts'
import { describeAddress } from '../media/describe-address.ts'
import type { CheckContext } from './check-context.ts'
import type { CheckLine } from './check-report.ts'
import { finding, findingOf } from './check-sentences.ts'

/** A picture of the project whose people were estimated. */
export interface EstimatedPicture {
  /** As it may be shown. */
  name: string
  bytes: Uint8Array<ArrayBuffer>
  estimate: PictureEstimate
  ms: number
}

/** Tasks that are looked through for forms of addresses. */
const mostTasks = 100

/**
 * Fetches and decodes one picture of each form of address in the first tasks of the project.
 * @returns a finding per form, and the first picture that could be had
 */
export async function checkPictures (client: LabelStudioClient, { id, label_config: xml }: Project, context: Pick<CheckContext, 'loader' | 'service'>, signal: AbortSignal): Promise<{ lines: CheckLine[], picture: EstimatedPicture | null }> {
  const images = readImages(xml ?? '')
  if (images.length === 0) return { lines: [finding('PICTURES_SKIPPED', [], id)], picture: null }
  const { tasks } = await readTasks(client, id, { pageSize: mostTasks })
  if (tasks.length === 0) return { lines: [finding('PICTURES_NO_TASKS', [], id)], picture: null }

  const { examples, lines } = oneOfEachForm(tasks, images, id)
  let picture: EstimatedPicture | null = null
  for (const [form, { address, task }] of examples) {
    const outcome = await checkPicture(form, { address, basicAuth: null, owner: { task, project: id } }, context, id, signal)
    lines.push(outcome.line)
    picture ??= outcome.picture
  }
  return { lines, picture }
}

function readImages (xml: string) {
  try {
    return parseLabelConfig(xml).images
  } catch (error) {
    // The labelling interface has a finding of its own.
    if (isPoseError(error)) return []
    throw error
  }
}

function oneOfEachForm (tasks: readonly TaskRow[], images: ReturnType<typeof readImages>, project: number) {
  const examples = new Map<string, { address: string, task: number }>()
  const lines: CheckLine[] = []
  for (const { id, data } of tasks) {
    for (const image of images) {
      try {
        for (const { address } of findTaskImages(data, image, images)) {
          const form = formOf(address)
          if (!examples.has(form)) examples.set(form, { address, task: id })
        }
      } catch (error) {
        // One such task stands for all.
        if (lines.length === 0) lines.push(findingOf('pictures', error, { project }))
      }
    }
  }
  return { examples, lines }
}

/** The ways of storing pictures that differ in how they are fetched. */
function formOf (address: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(address)?.[1]?.toLowerCase()
  if (scheme === 'data') return 'In the task itself (data:)'
  if (/\/data\/local-files\/?\?/.test(address)) return 'Local-files storage'
  if (/(^|\/)(data\/)?upload\/|storage-data\/uploaded/.test(address)) return 'Upload'
  if (scheme === 's3') return 'Amazon S3'
  if (scheme === 'gs') return 'Google Cloud'
  if (scheme === 'azure-blob') return 'Azure'
  return (scheme === 'http' || scheme === 'https') && URL.canParse(address) ? `Web (${new URL(address).host})` : 'Other address'
}

async function checkPicture (form: string, source: Parameters<CheckContext['loader']['load']>[0], { loader, service }: Pick<CheckContext, 'loader' | 'service'>, project: number, signal: AbortSignal): Promise<{ line: CheckLine, picture: EstimatedPicture | null }> {
  const name = source.address.startsWith('data:') ? `task ${source.owner?.task}` : describeAddress(source.address)
  try {
    const bytes = await loader.load(source, signal)
    const fetched = finding('PICTURES_FETCHED', [form, name, Math.ceil(bytes.byteLength / 1024)], project)
    // Without a model nothing is decoded; that has a finding of its own.
    if (service === null || service.refusal() !== null) return { line: fetched, picture: null }
    const started = performance.now()
    const estimate = await service.estimate(bytes, signal)
    const picture = { name, bytes, estimate, ms: Math.round(performance.now() - started) }
    return { line: finding('PICTURES_OK', [form, name, estimate.width, estimate.height], project), picture }
  } catch (error) {
    const line = findingOf('pictures', error, { project })
    return { line: { ...line, sentence: `${form}: ${line.sentence}` }, picture: null }
  }
}

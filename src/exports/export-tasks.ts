import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isPoseError } from '../errors.ts'
import { chooseLabels, type LabelSource } from '../label-studio/choose-labels.ts'
import type { PictureLoader } from '../media/picture-loader.ts'
import { inLanes } from '../inference/in-lanes.ts'
import { csvLine } from './csv-line.ts'
import { hasNoSize, type ExportWriter } from './exported-picture.ts'
import { pictureEnding } from './picture-ending.ts'
import { nameOfCopy } from './name-of-copy.ts'
import { pathInStorage } from './path-in-storage.ts'
import { picturesOfTask, type PicturesOfTaskOptions, type TaskPicture } from './pictures-of-task.ts'
import type { FileTask } from './read-export-file.ts'
import { createTextFile, type TextFile } from './text-file.ts'

export interface ExportTasksOptions extends PicturesOfTaskOptions {
  source: LabelSource
  /** Where everything is written. */
  folder: string
  writer: ExportWriter
  /** Copies the pictures; null: they are listed. */
  copy: { loader: PictureLoader, atOnce: number, project: number | null } | null
  signal: AbortSignal
  /** After each batch. */
  onProgress: (summary: ExportSummary) => void
}

export interface ExportSummary {
  /** Tasks read, with labels or without. */
  tasks: number
  unlabelled: number
  pictures: number
  people: number
  peopleWithoutBox: number
  /** Placed points. */
  points: number
  /** Rows of problems.csv. */
  problems: number
  firstProblems: string[]
  /** What was left out on purpose, with how often: labels that are none of the points, pictures that a format cannot hold. */
  leftOut: Record<string, number>
}

export const picturesFile = 'pictures.csv'
export const problemsFile = 'problems.csv'
export const picturesFolder = 'images'

const shownProblems = 5
const notedReasons = 50

/**
 * Writes batch after batch of tasks: the people by the writer, a list of the pictures, and what could not be read. A picture
 * that cannot be copied is left out with its people, and named.
 * @param batches small enough to be in memory
 * @throws the signal's reason; Error of the file system; whatever the batches throw
 */
export async function exportTasks (batches: AsyncIterable<readonly FileTask[]>, options: ExportTasksOptions): Promise<ExportSummary> {
  const { folder, writer, copy, signal } = options
  const summary: ExportSummary = { tasks: 0, unlabelled: 0, pictures: 0, people: 0, peopleWithoutBox: 0, points: 0, problems: 0, firstProblems: [], leftOut: {} }
  const list = await createTextFile(join(folder, picturesFile))
  let problems: TextFile | null = null

  async function report (task: number | null, labels: number | null, region: string | null, reason: string): Promise<void> {
    if (problems === null) {
      problems = await createTextFile(join(folder, problemsFile))
      await problems.append(csvLine(['task', options.source.slice(0, -1), 'region', 'problem']))
    }
    await problems.append(csvLine([task, labels, region, reason]))
    if (summary.problems++ < shownProblems) summary.firstProblems.push(`${task === null ? 'a task' : `task ${task}`}${region === null ? '' : `, region ${region}`} ${reason}`)
  }

  async function exportPicture (picture: TaskPicture, labels: number | null): Promise<void> {
    const refusal = await writer.add(picture)
    if (refusal !== null) {
      if (copy !== null) await rm(join(folder, picturesFolder, picture.fileName))
      if (refusal === hasNoSize) leaveOut(`picture that ${refusal}`)
      else await report(picture.task, labels, null, refusal)
      return
    }
    const { id, fileName, task, imageName, page, size, people, address } = picture
    await list.append(csvLine([id, fileName, task, imageName, page, size?.width ?? null, size?.height ?? null, people.length, address]))
    summary.pictures++
    summary.people += people.length
    summary.peopleWithoutBox += people.filter(({ person }) => person.bbox === null).length
    summary.points += people.reduce((sum, { person }) => sum + person.points.filter((point) => point !== null).length, 0)
  }

  function leaveOut (reason: string): void {
    if (reason in summary.leftOut || Object.keys(summary.leftOut).length < notedReasons) summary.leftOut[reason] = (summary.leftOut[reason] ?? 0) + 1
  }

  async function exportBatch (batch: readonly FileTask[]): Promise<void> {
    const found: Array<{ picture: TaskPicture, labels: number | null }> = []
    for (const entry of batch) {
      summary.tasks++
      if (entry.task === null) {
        await report(null, null, null, entry.reason)
        continue
      }
      const labels = chooseLabels(entry.task, options.source)
      if (labels === null) {
        summary.unlabelled++
        continue
      }
      const { pictures, problems: lost, others } = picturesOfTask(entry.task, labels.result, options)
      for (const { region, reason } of lost) await report(entry.task.id, labels.id ?? null, region, reason)
      for (const reason of others) leaveOut(`region that ${reason}`)
      found.push(...pictures.map((picture) => ({ picture, labels: labels.id ?? null })))
    }

    const failures = await copyPictures(found.map(({ picture }) => picture), options)
    for (const { picture, labels } of found) {
      const failure = failures.get(picture.id)
      if (failure === undefined) await exportPicture(picture, labels)
      else await report(picture.task, labels, null, failure)
    }
    options.onProgress(summary)
  }

  try {
    if (copy !== null) await mkdir(join(folder, picturesFolder))
    await list.append(csvLine(['image_id', 'file_name', 'task', 'image', 'page', 'width', 'height', 'people', 'address']))
    for await (const batch of batches) {
      signal.throwIfAborted()
      await exportBatch(batch)
    }
    signal.throwIfAborted()
    await writer.finish()
    return summary
  } finally {
    await Promise.all([writer.close(), list.close(), (problems as TextFile | null)?.close()])
  }
}

/** Gives each picture the name of its copy. @returns why some have none, by id */
async function copyPictures (pictures: readonly TaskPicture[], { copy, folder, labelStudioUrl, signal }: ExportTasksOptions): Promise<Map<number, string>> {
  const failures = new Map<number, string>()
  if (copy === null) return failures
  const { loader, atOnce, project } = copy
  await inLanes(pictures, atOnce, async (picture) => {
    signal.throwIfAborted()
    try {
      const bytes = await loader.load({ address: picture.source, basicAuth: null, owner: { task: picture.task, project } }, signal)
      picture.fileName = nameOfCopy(picture.id, pathInStorage(picture.source, labelStudioUrl), pictureEnding(bytes))
      await writeFile(join(folder, picturesFolder, picture.fileName), bytes)
    } catch (error) {
      if (signal.aborted || !isPoseError(error)) throw error
      failures.set(picture.id, error.message)
    }
  })
  return failures
}

import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { keypointSets } from '../../models/keypoint-sets.ts'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import { loadConfig } from '../config.ts'
import { exportFormats, type FormatName } from '../exports/export-format.ts'
import { ExportFault } from '../exports/export-fault.ts'
import { exportLabels } from '../exports/export-labels.ts'
import type { ExportSummary } from '../exports/export-tasks.ts'
import type { ExportedLabels } from '../exports/exported-labels.ts'
import { fileLabels } from '../exports/file-labels.ts'
import { projectLabels } from '../exports/project-labels.ts'
import { createAccessToken } from '../label-studio/access-token.ts'
import type { LabelSource } from '../label-studio/choose-labels.ts'
import { createPictureLoader } from '../media/create-picture-loader.ts'
import { CliError, type Command, type Terminal } from './command.ts'
import { openLabelStudio } from './open-label-studio.ts'

/** EX_DATAERR of sysexits.h: written, but not everything could be read. */
const EXIT_PROBLEMS = 65

/** Writes the people of a project into files that training code reads. */
export const exportCommand: Command = {
  usage: '--project <id> | --from <export.json> [--label-config <file.xml>] --format coco-wholebody|coco|yolo-pose|csv [--source annotations|predictions] [--out <folder>] [--pictures list|copy] [--points coco-17|halpe-26|coco-wholebody-133] [--url <Label Studio>] [--token <token>]',
  summary: 'Writes the people of a project of Label Studio, or of a file it has exported as JSON, for training: one annotation per person. Exit code 65 when something could not be read; problems.csv names it.',
  async run (args, terminal) {
    const options = readOptions(args)
    const config = loadConfig()
    const studio = options.project === null ? null : openLabelStudio(options, config)
    const url = studio?.client.url ?? config.labelStudioUrl
    const loader = options.isCopy
      ? createPictureLoader({
        labelStudioUrl: url,
        labelStudioAuth: studio?.token ?? createAccessToken({ url, key: config.labelStudioApiKey }),
        dataDir: config.dataDir,
        localFilesDir: config.localFilesDir,
        imageOrigins: config.imageOrigins,
        maxBytes: config.downloadMaxBytes,
        timeoutMs: config.downloadTimeoutMs
      })
      : null
    const stop = new AbortController()
    const onSignal = () => { stop.abort(new ExportFault('Stopped. Nothing was written.')) }
    process.once('SIGINT', onSignal)
    process.once('SIGTERM', onSignal)
    try {
      const labels: ExportedLabels = studio === null
        ? await fileLabels(options.from!, { source: options.source, labelConfig: options.labelConfig === null ? null : await readText(options.labelConfig), signal: stop.signal })
        : await projectLabels(studio.client, options.project!, { source: options.source, signal: stop.signal })
      const summary = await exportLabels(labels, {
        format: options.format,
        source: options.source,
        points: options.points,
        out: options.out,
        labelStudioUrl: url,
        copy: loader === null ? null : { loader, atOnce: config.downloads, project: options.project },
        signal: stop.signal,
        onProgress: ({ tasks, people }) => { terminal.progress(`task ${tasks}${labels.total() === null ? '' : ` of ${labels.total()}`}, people ${people}`) }
      })
      terminal.progress('')
      return report(summary, options, terminal)
    } catch (error) {
      terminal.progress('')
      const shown = stop.signal.aborted ? stop.signal.reason as unknown : error
      if (!(shown instanceof ExportFault)) throw shown
      terminal.note(shown.message)
      return 1
    } finally {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
      await Promise.all([studio?.client.close(), loader?.close()])
    }
  }
}

interface Options {
  project: number | null
  from: string | null
  labelConfig: string | null
  format: FormatName
  source: LabelSource
  points: KeypointSet | null
  out: string
  isCopy: boolean
  url: string | undefined
  token: string | undefined
}

function readOptions (args: readonly string[]): Options {
  let values: Partial<Record<string, string>>
  try {
    const text = { type: 'string' } as const
    values = parseArgs({
      args: [...args],
      options: { project: text, from: text, 'label-config': text, format: text, source: text, out: text, pictures: text, points: text, url: text, token: text }
    }).values
  } catch (error) {
    throw new CliError(`${(error as Error).message.split('\n')[0]}.`)
  }
  const { project, from, 'label-config': labelConfig, url, token } = values
  if ((project === undefined) === (from === undefined)) throw new CliError('Either --project <id> or --from <export.json> is needed.')
  if (project !== undefined && !/^[1-9]\d{0,9}$/.test(project)) throw new CliError(`--project ${project} is not valid: the number in the project's address is.`)
  if (labelConfig !== undefined && from === undefined) throw new CliError('--label-config belongs to --from: a project has its own.')
  if (values['format'] === undefined) throw new CliError(`--format is missing: ${Object.keys(exportFormats).join(', ')}.`)
  const format = oneOf('format', values['format'], Object.keys(exportFormats) as FormatName[])
  const points = values['points'] === undefined ? null : keypointSets[oneOf('points', values['points'], Object.keys(keypointSets) as Array<keyof typeof keypointSets>)]
  const { set } = exportFormats[format]
  if (points !== null && set !== null && points !== set) throw new CliError(`--points ${points.id} does not go with --format ${format}, which has the points of ${set.id}.`)
  return {
    project: project === undefined ? null : Number(project),
    from: from === undefined ? null : resolve(from),
    labelConfig: labelConfig === undefined ? null : resolve(labelConfig),
    format,
    source: oneOf('source', values['source'] ?? 'annotations', ['annotations', 'predictions']),
    points,
    out: resolve(values['out'] ?? `${project === undefined ? basename(from!).replace(/\.json$/i, '') : `project-${project}`}-${format}`),
    isCopy: oneOf('pictures', values['pictures'] ?? 'list', ['list', 'copy']) === 'copy',
    url,
    token
  }
}

function oneOf<T extends string> (name: string, value: string, allowed: readonly T[]): T {
  if ((allowed as readonly string[]).includes(value)) return value as T
  throw new CliError(`--${name} ${value} is not valid: ${allowed.join(', ')} is.`)
}

async function readText (path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => { throw new CliError(`--label-config ${path} cannot be read (${error.code}).`) })
}

function report ({ pictures, people, peopleWithoutBox, points, unlabelled, leftOut, problems, firstProblems }: ExportSummary, { out, source }: Options, terminal: Terminal): number {
  terminal.print(`${out}: pictures ${pictures}, people ${people}${peopleWithoutBox > 0 ? ` (without a box ${peopleWithoutBox})` : ''}, points ${points}, from ${source}`)
  if (unlabelled > 0) terminal.note(`Left out: tasks without ${source}, ${unlabelled} x`)
  for (const [reason, count] of Object.entries(leftOut)) terminal.note(`Left out: a ${reason}, ${count} x`)
  if (problems === 0) return 0
  for (const problem of firstProblems) terminal.note(problem)
  terminal.note(`Could not be exported: ${problems} x; problems.csv names each.`)
  return EXIT_PROBLEMS
}

import { basename, resolve } from 'node:path'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import { loadConfig } from '../config.ts'
import { exportFormats, type FormatName } from '../exports/export-format.ts'
import { exportLabels } from '../exports/export-labels.ts'
import type { ExportSummary } from '../exports/export-tasks.ts'
import { createAccessToken } from '../label-studio/access-token.ts'
import type { LabelSource } from '../label-studio/choose-labels.ts'
import { createPictureLoader } from '../media/create-picture-loader.ts'
import { pictureSettings } from '../media/picture-settings.ts'
import { CliError, EXIT_PROBLEMS, type Command, type Terminal } from './command.ts'
import { explainFileFault } from './explain-file-fault.ts'
import { oneOf } from './one-of.ts'
import { openLabelStudio } from './open-label-studio.ts'
import { openLabels } from './open-labels.ts'
import { parseOptions } from './parse-options.ts'
import { readLabelOptions, type LabelOptions } from './read-label-options.ts'
import { readPoints } from './read-points.ts'
import { untilStopped } from './until-stopped.ts'

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
        ...pictureSettings(config)
      })
      : null
    try {
      return await untilStopped(terminal, async (signal) => {
        const labels = await openLabels(options, studio?.client ?? null, { source: options.source, signal })
        const summary = await exportLabels(labels, {
          format: options.format,
          source: options.source,
          points: options.points,
          out: options.out,
          labelStudioUrl: url,
          copy: loader === null ? null : { loader, atOnce: config.downloads, project: options.project },
          signal,
          onProgress: ({ tasks, people }) => { terminal.progress(`task ${tasks}${labels.total() === null ? '' : ` of ${labels.total()}`}, people ${people}`) }
        }).catch((error: unknown) => { throw explainFileFault(error, options.out) })
        terminal.progress('')
        return report(summary, options, terminal)
      })
    } finally {
      await Promise.all([studio?.client.close(), loader?.close()])
    }
  }
}

interface Options extends LabelOptions {
  format: FormatName
  source: LabelSource
  points: KeypointSet | null
  out: string
  isCopy: boolean
}

function readOptions (args: readonly string[]): Options {
  const text = { type: 'string' } as const
  const values: Partial<Record<string, string>> = parseOptions(args, { project: text, from: text, 'label-config': text, format: text, source: text, out: text, pictures: text, points: text, url: text, token: text })
  const labels = readLabelOptions(values)
  if (values['format'] === undefined) throw new CliError(`--format is missing: ${Object.keys(exportFormats).join(', ')}.`)
  const format = oneOf('format', values['format'], Object.keys(exportFormats) as FormatName[])
  const points = readPoints(values['points'])
  const { set } = exportFormats[format]
  if (points !== null && set !== null && points !== set) throw new CliError(`--points ${points.id} does not go with --format ${format}, which has the points of ${set.id}.`)
  return {
    ...labels,
    format,
    source: oneOf('source', values['source'] ?? 'annotations', ['annotations', 'predictions']),
    points,
    out: resolve(values['out'] ?? `${labels.from === null ? `project-${labels.project}` : basename(labels.from).replace(/\.json$/i, '')}-${format}`),
    isCopy: oneOf('pictures', values['pictures'] ?? 'list', ['list', 'copy']) === 'copy'
  }
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

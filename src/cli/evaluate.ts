import type { KeypointSet } from '../../models/keypoint-set.ts'
import { loadConfig } from '../config.ts'
import { replaceFile } from '../model-store/replace-file.ts'
import { evaluateLabels, type Evaluation } from '../quality/evaluate-labels.ts'
import { count, printQuality } from '../quality/print-quality.ts'
import { toProjectCalibration } from '../quality/to-project-calibration.ts'
import type { QualityReport } from '../quality/quality-report.ts'
import { renderReport } from '../quality/report/render-report.ts'
import { CliError, EXIT_PROBLEMS, type Command, type Terminal } from './command.ts'
import { openLabelStudio } from './open-label-studio.ts'
import { openLabels } from './open-labels.ts'
import { parseOptions } from './parse-options.ts'
import { readLabelOptions, type LabelOptions } from './read-label-options.ts'
import { readPoints } from './read-points.ts'
import { untilStopped } from './until-stopped.ts'

/** Measures the predictions of a project against what annotators have made of them. */
export const evaluateCommand: Command = {
  usage: '--project <id> | --from <export.json> [--label-config <file.xml>] [--model-version <version>] [--points coco-17|halpe-26|coco-wholebody-133] [--out <report.html>] [--write-calibration <file.json>] [--json] [--url <Label Studio>] [--token <token>]',
  summary: 'Tells how good the predictions of a project of Label Studio, or of a file it has exported as JSON, are: measured against the annotations, per part of the body, the worst pictures first. --out writes a report with plots that opens in any browser; --write-calibration a file for CALIBRATION_FILE, with which the service gives confidences as this project has borne them out. Exit code 65 when something could not be read.',
  async run (args, terminal) {
    const options = readOptions(args)
    const config = loadConfig()
    const studio = options.project === null ? null : openLabelStudio(options, config)
    try {
      return await untilStopped(terminal, async (signal) => {
        const labels = await openLabels(options, studio?.client ?? null, { source: 'annotations', signal })
        const evaluation = await evaluateLabels(labels, {
          labelStudioUrl: studio?.client.url ?? options.url ?? config.labelStudioUrl,
          modelVersion: options.modelVersion,
          points: options.points,
          signal,
          onProgress: ({ read }) => { terminal.progress(`task ${read}${labels.total() === null ? '' : ` of ${labels.total()}`}`) }
        })
        terminal.progress('')
        return await deliver(evaluation, options, terminal)
      })
    } finally {
      await studio?.client.close()
    }
  }
}

interface Options extends LabelOptions {
  modelVersion: string | null
  points: KeypointSet | null
  out: string | null
  calibration: string | null
  isJson: boolean
}

function readOptions (args: readonly string[]): Options {
  const text = { type: 'string' } as const
  const { json, 'model-version': modelVersion, points, out, 'write-calibration': calibration, ...labels } = parseOptions(args, { project: text, from: text, 'label-config': text, 'model-version': text, points: text, out: text, 'write-calibration': text, json: { type: 'boolean', default: false }, url: text, token: text })
  return { ...readLabelOptions(labels), modelVersion: modelVersion ?? null, points: readPoints(points), out: out ?? null, calibration: calibration ?? null, isJson: json }
}

async function deliver ({ report, drawings, set }: Evaluation, { out, calibration: calibrationFile, isJson, modelVersion }: Options, terminal: Terminal): Promise<number> {
  noteWhatIsLeftOut(report, terminal)
  if (report.tasks.compared === 0) {
    terminal.note(`There is nothing to measure: no task has an annotation and a prediction${modelVersion === null ? '' : ` of ${modelVersion}`}.`)
    return 1
  }
  const calibration = calibrationFile === null ? null : toProjectCalibration(report)
  if (typeof calibration === 'string') {
    terminal.note(calibration)
    return 1
  }
  if (calibrationFile !== null) await write('write-calibration', calibrationFile, `${JSON.stringify(calibration)}\n`)
  if (out !== null) await write('out', out, renderReport(report, drawings, set))
  if (isJson) terminal.print(JSON.stringify(report, null, 2))
  else for (const line of printQuality(report)) terminal.print(line)
  if (out !== null) terminal.note(`${out} is written: open it in a browser.`)
  if (calibrationFile !== null) terminal.note(`${calibrationFile} is written: the service uses it when CALIBRATION_FILE names it, and predicts anew.`)
  return report.problems.count > 0 ? EXIT_PROBLEMS : 0
}

async function write (option: string, path: string, text: string): Promise<void> {
  await replaceFile(path, text).catch((error: NodeJS.ErrnoException) => { throw new CliError(`--${option} ${path} cannot be written (${error.code}).`) })
}

function noteWhatIsLeftOut ({ tasks, modelVersions, problems }: QualityReport, terminal: Terminal): void {
  if (tasks.withoutAnnotation > 0) terminal.note(`Left out: ${count(tasks.withoutAnnotation, 'task', 'tasks')} without annotation.`)
  if (tasks.withoutPrediction > 0) terminal.note(`Left out: ${count(tasks.withoutPrediction, 'task', 'tasks')} without prediction.`)
  const newest = tasks.compared - tasks.madeFromPrediction
  if (newest > 0) terminal.note(`${count(newest, 'annotation was', 'annotations were')} not made from a prediction that is still there: compared with the newest one of the task. What annotators changed is counted without ${newest === 1 ? 'it' : 'them'}.`)
  if (Object.keys(modelVersions).length > 1) terminal.note('Predictions of several model versions are measured together: --model-version takes one of them.')
  for (const problem of problems.first) terminal.note(problem)
  if (problems.count > problems.first.length) terminal.note(`${count(problems.count - problems.first.length, 'further thing', 'further things')} could not be read.`)
}

import { join, resolve } from 'node:path'
import { loadConfig } from '../config.ts'
import { exportFormats, type FormatName } from '../exports/export-format.ts'
import { problemsFile } from '../exports/export-tasks.ts'
import { picturesPerWorker } from '../pictures-per-worker.ts'
import { labelConfigPreset, presetNames, type PresetName } from '../label-studio/label-config-preset.ts'
import { drawingsFolder } from '../picture-files/estimate-pictures.ts'
import { exportPoseFormat } from '../picture-files/export-pose-format.ts'
import { labelStudioFormat } from '../picture-files/label-studio-format.ts'
import { listPictures, type FoundFile, type NamedPictures } from '../picture-files/list-pictures.ts'
import { pictureEndings } from '../picture-files/picture-endings.ts'
import { predictFiles, type RunSummary } from '../picture-files/predict-files.ts'
import { recordsFolder } from '../picture-files/record-store.ts'
import { claimFolder } from '../picture-files/run-manifest.ts'
import { openEngine } from '../prediction/open-engine.ts'
import type { ModelsTogether } from '../prediction/put-models-together.ts'
import { CliError, EXIT_INTERRUPTED, EXIT_PROBLEMS, type Command, type Terminal } from './command.ts'
import { createTerminalLog } from './create-terminal-log.ts'
import { explainFileFault } from './explain-file-fault.ts'
import { fallbackNote } from './fallback-note.ts'
import { parseArguments } from './parse-arguments.ts'
import { createProgressLine, type ProgressLine } from './progress-line.ts'
import { readLabelConfig } from './read-label-config.ts'
import { readPictureWords } from './read-picture-words.ts'
import { untilStopped } from './until-stopped.ts'

const formatNames = ['json', 'label-studio', ...Object.keys(exportFormats) as FormatName[]] as const
type Format = typeof formatNames[number]

/** Everything that a run may write, whatever its options. */
const entries = [...new Set([recordsFolder, drawingsFolder, ...formatNames]), problemsFile]
const shownProblems = 20
/** Pictures read ahead of the workers. */
const picturesRead = 2

/** Estimates picture files, without Label Studio. */
export const predict: Command = {
  usage: `<files, folders, patterns> --out <folder> [--format ${formatNames.join('|')}, ...] [--draw] [--root <folder>] [--picture-root <address> [--preset wholebody133 | --label-config <file.xml>]]`,
  summary: 'Estimates the people on picture files, without Label Studio: a JSON for each picture, and files for training or for the import into Label Studio. --draw draws them over the pictures. What an earlier run has estimated is kept, so the same command goes on after Ctrl-C. Exit code 65 when a picture could not be estimated; problems.csv names it.',
  async run (args, terminal) {
    const options = await readOptions(args)
    const { out, root, sources } = options
    const config = loadConfig()
    const except = new Set(entries.map((name) => join(out, name)))
    const files = () => listPictures(sources, { root, except })
    return await untilStopped(terminal, async (signal) => {
      const total = await count(files(), signal)
      if (total === 0) throw new CliError(`There are no pictures among what is named: in folders, and for patterns, files count that end in ${[...pictureEndings].join(', ')}.`)
      await claimFolder(out, root, entries).catch((error: unknown) => { throw explainFileFault(error, out) })
      const models = await openEngine(config, createTerminalLog(terminal), signal)
      try {
        announce(models, config.mode, terminal)
        const estimating = createProgressLine(terminal, { unit: 'pictures' })
        let writing: ProgressLine | null = null
        estimating.update({ done: 0, total, failed: 0, people: 0 })
        let shown = 0
        signal.addEventListener('abort', () => { terminal.note('Stopping. Ctrl-C once more ends at once.') }, { once: true })
        const summary = await predictFiles({
          files,
          total,
          root,
          out,
          models,
          draws: options.draws,
          formats: (set, modelVersion) => options.formats.map((name) => name === 'label-studio'
            ? labelStudioFormat({ ...options.import!, set, modelVersion, keypointSize: config.keypointSize })
            : exportPoseFormat(name, set)),
          maxBytes: config.downloadMaxBytes,
          // Those of the workers, and some that are read meanwhile and keep them busy.
          atOnce: config.workers * picturesPerWorker + picturesRead,
          signal,
          onProgress: ({ done, failed, people }) => { estimating.update({ done: done + failed, total, failed, people }) },
          onProblem: (line) => { if (shown++ < shownProblems) terminal.note(line) },
          onWritten (done) {
            writing ??= createProgressLine(terminal, { unit: 'pictures written' })
            writing.update({ done, total, failed: 0 })
          }
        })
        terminal.progress('')
        return report(summary, options, models.modelVersion, terminal)
      } catch (error) {
        throw explainFileFault(error, out)
      } finally {
        await models.engine.close()
      }
    }, 'Stopped. The same command goes on from here.')
  }
}

interface Options {
  sources: NamedPictures[]
  root: string
  out: string
  /** Without json, which is always written. */
  formats: Array<Exclude<Format, 'json'>>
  draws: boolean
  /** For label-studio; null: it is not wanted. */
  import: { labelConfig: string, pictureRoot: string } | null
}

async function readOptions (args: readonly string[]): Promise<Options> {
  const text = { type: 'string' } as const
  const { values, positionals } = parseArguments(args, {
    out: text,
    format: { type: 'string', multiple: true },
    draw: { type: 'boolean', default: false },
    root: text,
    'picture-root': text,
    preset: text,
    'label-config': text
  }, { takesWords: true })
  if (values.out === undefined) throw new CliError('--out <folder> is missing: where the results go.')
  const formats = new Set((values.format ?? []).flatMap((list) => list.split(',')).map(toFormat))
  const { 'picture-root': pictureRoot, 'label-config': labelConfig, preset } = values
  if (!formats.has('label-studio') && (pictureRoot ?? labelConfig ?? preset) !== undefined) throw new CliError('--picture-root, --preset and --label-config belong to --format label-studio.')
  return {
    ...await readPictureWords(positionals, values.root === undefined ? null : resolve(values.root)),
    out: resolve(values.out),
    formats: [...formats].filter((name) => name !== 'json'),
    draws: values.draw,
    import: formats.has('label-studio') ? { pictureRoot: toPictureRoot(pictureRoot), labelConfig: await chooseLabelConfig(labelConfig, preset) } : null
  }
}

function toFormat (name: string): Format {
  const trimmed = name.trim()
  if (!(formatNames as readonly string[]).includes(trimmed)) throw new CliError(`--format ${trimmed} is not valid: ${formatNames.join(', ')} are.`)
  return trimmed as Format
}

function toPictureRoot (address: string | undefined): string {
  if (address !== undefined && address.trim() !== '') return address.trim()
  throw new CliError('--picture-root is missing: the address under which Label Studio finds the folder of the pictures, for example "/data/local-files/?d=photos", "s3://bucket/photos" or "https://example.com/photos".')
}

async function chooseLabelConfig (path: string | undefined, preset = 'wholebody133'): Promise<string> {
  if (path !== undefined) return await readLabelConfig(resolve(path))
  if (!(presetNames as readonly string[]).includes(preset)) throw new CliError(`--preset ${preset} is not valid: ${presetNames.join(', ')} are.`)
  return labelConfigPreset(preset as PresetName)
}

async function count (files: AsyncIterator<FoundFile>, signal: AbortSignal): Promise<number> {
  let total = 0
  while ((await files.next()).done !== true) {
    signal.throwIfAborted()
    total++
  }
  return total
}

/** What a person must know before hours of work. */
function announce ({ fallback }: ModelsTogether, mode: string, terminal: Terminal): void {
  if (fallback !== null) terminal.note(fallbackNote(mode, fallback))
}

function report ({ done, kept, total, missing, people, points, problems }: RunSummary, { out, root, import: forImport }: Options, modelVersion: string, terminal: Terminal): number {
  terminal.print(`${out}: pictures ${done} of ${total}${kept > 0 ? ` (${kept} from an earlier run)` : ''}, people ${people}, points ${points}, model ${modelVersion}`)
  if (forImport !== null && done > 0) terminal.note(`For Label Studio: ${forImport.pictureRoot} must be ${root} there; import label-studio/tasks into a project with the interface of label-studio/label-config.xml.`)
  if (problems > 0) terminal.note(`Problems: ${problems}; ${problemsFile} names each.`)
  if (missing === 0) return problems > 0 ? EXIT_PROBLEMS : 0
  terminal.note(`Stopped: ${missing} pictures are missing. The same command goes on from here.`)
  return EXIT_INTERRUPTED
}

import type { ModelEntry } from '../../models/model-entry.ts'
import { modelsOfMode } from '../../models/models-of-mode.ts'
import { loadConfig, type Config } from '../config.ts'
import { DownloadFault } from '../model-store/download-fault.ts'
import { downloadModels, type FileProgress } from '../model-store/download-models.ts'
import { describeProgress } from '../model-store/describe-progress.ts'
import { isBuiltIn } from '../model-store/folder-of.ts'
import { chooseModels } from './choose-models.ts'
import type { Command, Terminal } from './command.ts'
import { renderBar } from './render-bar.ts'
import { verifyModel } from './verify-model.ts'

/** Downloads what is missing, so that the service need not. */
export const modelsPull: Command = {
  usage: '[mode or model ...]',
  summary: 'Downloads the files of MODE and DETECTOR, or of the modes and models named, into MODEL_DIR, and checks them.',
  async run (args, terminal) {
    const config = loadConfig()
    const entries = (args.length > 0 ? chooseModels(args) : modelsInUse(config)).filter(({ id }) => !isBuiltIn(id))
    for (const { title, license } of entries) terminal.print(`${title}. Licence: ${license}`)
    const stop = new AbortController()
    const onSignal = () => { stop.abort(new DownloadFault('stopped; the next call goes on from here')) }
    process.once('SIGINT', onSignal)
    try {
      const fetched = await downloadModels(entries, {
        modelDir: config.modelDir,
        mirror: config.modelMirror,
        maxBytes: config.modelMaxBytes,
        signal: stop.signal,
        onProgress: createBar(terminal)
      })
      terminal.progress('')
      for (const { entry, address, sha256, isPinned } of fetched) {
        terminal.print(`${entry.file} came from ${address}`)
        if (isPinned) terminal.print(`  its SHA-256 was not known and is pinned in models.lock.json: ${sha256}`)
      }
      return await verifyAll(entries, config.modelDir, terminal)
    } catch (error) {
      terminal.progress('')
      if (!(error instanceof DownloadFault)) throw error
      terminal.note(error.message)
      return 1
    } finally {
      process.off('SIGINT', onSignal)
    }
  }
}

/** What the service would look for in MODEL_DIR: own files stand in for models of the registry. */
function modelsInUse ({ mode, detector, detectorModel, poseModel }: Config): ModelEntry[] {
  const models = modelsOfMode(mode, detector)
  return [...detectorModel === null ? [models.detector] : [], ...poseModel === null ? [models.pose] : []]
}

/** What was there before is looked at as well: pull means that everything is in order afterwards. */
async function verifyAll (entries: readonly ModelEntry[], modelDir: string, terminal: Terminal): Promise<number> {
  let code = 0
  for (const entry of entries) {
    const { state, sentence } = await verifyModel(entry, modelDir)
    terminal.print(sentence)
    if (state === 'damaged' || state === 'missing') code = 1
  }
  return code
}

const REFRESH_MS = 100

/** A bar over all files where their sizes are known, and the figures beside it. */
function createBar (terminal: Terminal): (files: readonly FileProgress[]) => void {
  let shown = 0
  return (files) => {
    if (performance.now() - shown < REFRESH_MS) return
    shown = performance.now()
    const known = files.filter(({ total }) => total !== null && total > 0)
    const share = known.length === 0 ? 0 : known.reduce((sum, { received, total }) => sum + received / total!, 0) / files.length
    terminal.progress(`${renderBar(share)} ${describeProgress(files)}`)
  }
}

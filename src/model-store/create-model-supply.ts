import type { Logger } from 'pino'
import type { ModelEntry } from '../../models/model-entry.ts'
import { createPoseError, isPoseError, type PoseError } from '../errors.ts'
import { describeProgress } from './describe-progress.ts'
import type { FileProgress } from './download-models.ts'
import { obtainModels, type ObtainedModels, type ObtainOptions } from './obtain-models.ts'

export interface SupplyOptions extends ObtainOptions {
  precision: 'fp32' | 'int8'
  modelDownload: 'auto' | 'never'
  modelMirror: string | null
  modelMaxBytes: number
}

export interface SupplyHooks {
  log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Called once, as soon as there are models. */
  onFound (models: ObtainedModels): void
  /** Wait before the second try of a download that failed; doubles up to 10 minutes. null: one try is all. */
  retryMs?: number | null
  /** Longest a request waits for the first bytes. */
  searchMs?: number
}

export interface ModelSupply {
  /** The first try has ended, with or without models. Rejects with what nobody expected. */
  settled: Promise<void>
  /** Whoever waits for models shall wait no longer: they are there, or cannot be had, or a download takes its time. */
  searched: Promise<void>
  /** What a request gets meanwhile; null while the files are looked for, and when they are found. */
  refusal (): PoseError | null
  /** null unless bytes are coming in (or another process sharing the folder fetches them). */
  progress (): readonly FileProgress[] | null
  warnings (): readonly string[]
  /** Stops downloads and further tries; what has come in is continued by the next start. */
  close (): Promise<void>
}

const FIRST_RETRY_MS = 30_000
const LONGEST_RETRY_MS = 600_000
const LOG_EVERY_MS = 10_000
/** Two hosts that do not answer take as long; one that accepts the connection and then says nothing takes minutes. */
const LONGEST_SEARCH_MS = 12_000

/** Finds the model files, and downloads those that are missing, while the service already listens. */
export function createModelSupply (options: SupplyOptions, { log, onFound, retryMs = FIRST_RETRY_MS, searchMs = LONGEST_SEARCH_MS }: SupplyHooks): ModelSupply {
  const closing = new AbortController()
  const warnings: string[] = []
  let error: PoseError | null = null
  let progress: readonly FileProgress[] | null = null
  let downloadFailed = false
  let timer: NodeJS.Timeout | null = null
  let reportSearched: () => void
  const searched = new Promise<void>((resolve) => { reportSearched = resolve })

  async function download (entries: readonly ModelEntry[]): Promise<void> {
    downloadFailed = true
    for (const { title, license } of entries) log.info({ license }, `${title} is missing and will be downloaded. Licence: ${license}`)
    let logged = performance.now()
    const searching = setTimeout(() => {
      progress ??= entries.map(({ title }) => ({ title, received: 0, total: null }))
      reportSearched()
    }, searchMs)
    try {
      // Loaded only when something is missing: the usual start does without.
      const { downloadModels } = await import('./download-models.ts')
      const fetched = await downloadModels(entries, {
        modelDir: options.modelDir,
        mirror: options.modelMirror,
        maxBytes: options.modelMaxBytes,
        signal: closing.signal,
        onProgress (files) {
          if (files.every(({ received }) => received === 0)) return
          progress = files
          reportSearched()
          if (performance.now() - logged < LOG_EVERY_MS) return
          logged = performance.now()
          log.info(`Downloading: ${describeProgress(files)}`)
        }
      })
      downloadFailed = false
      for (const { entry, bytes, address, sha256, isPinned } of fetched) {
        log.info({ sha256, bytes }, `${entry.title} was downloaded from ${address}`)
        if (isPinned) warn(`The SHA-256 of ${entry.title} was not known. What ${address} gave is pinned in models.lock.json (${sha256}), and only that is used from now on.`)
      }
    } finally {
      clearTimeout(searching)
      progress = null
    }
  }

  function warn (sentence: string): void {
    log.warn(sentence)
    warnings.push(sentence)
  }

  async function choosePrecision (obtained: ObtainedModels): Promise<ObtainedModels> {
    if (options.precision === 'fp32') return obtained
    const { useQuantizedCopies } = await import('./quantized-copy.ts')
    const { models, warnings: missing } = await useQuantizedCopies(obtained, options.modelDir, options.mapped)
    for (const sentence of missing) warn(sentence)
    return models
  }

  async function attempt (): Promise<void> {
    downloadFailed = false
    try {
      const models = await choosePrecision(await obtainModels(options, options.modelDownload === 'auto' ? download : null))
      if (closing.signal.aborted) return
      error = null
      onFound(models)
    } catch (reason) {
      if (closing.signal.aborted) return
      if (!isPoseError(reason)) throw reason
      error = reason
    } finally {
      reportSearched()
    }
  }

  function retryLater (ms: number): void {
    if (error === null || !downloadFailed || closing.signal.aborted) return
    log.error(`${error.message} Next try in ${Math.round(ms / 1000)} s.`)
    timer = setTimeout(() => {
      running = attempt()
        .catch((err: unknown) => { log.error({ err }, 'unexpected error while the models were looked for') })
        .then(() => { retryLater(Math.min(ms * 2, LONGEST_RETRY_MS)) })
    }, ms)
    timer.unref()
  }

  const settled = attempt().then(() => { if (retryMs !== null) retryLater(retryMs) })
  let running: Promise<void> = settled.catch(() => {})

  return {
    settled,
    searched,
    refusal: () => progress === null ? error : createPoseError('MODEL_DOWNLOADING', describeProgress(progress)),
    progress: () => progress,
    warnings: () => warnings,
    async close () {
      closing.abort()
      if (timer !== null) clearTimeout(timer)
      await running
    }
  }
}

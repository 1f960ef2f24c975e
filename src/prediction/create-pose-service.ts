import type { Logger } from 'pino'
import { answersAtOnce } from '../answers-at-once.ts'
import { anySignal } from '../any-signal.ts'
import { keypointSets } from '../../models/keypoint-sets.ts'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { CheckContext } from '../check/check-context.ts'
import { createReceivedCalls } from '../check/received-calls.ts'
import { checkTimeoutMs, runChecks } from '../check/run-checks.ts'
import type { Config } from '../config.ts'
import { createPoseError, isPoseError, type PoseError } from '../errors.ts'
import { picturesPerWorker } from '../pictures-per-worker.ts'
import { rejectOnAbort } from '../inference/reject-on-abort.ts'
import type { JobEngine } from '../jobs/job-engine.ts'
import { openJobs } from '../jobs/open-jobs.ts'
import { createAccessToken } from '../label-studio/access-token.ts'
import { createLabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import { createLabelConfigPlanner } from '../label-studio/label-config-planner.ts'
import { labelConfigPreset } from '../label-studio/label-config-preset.ts'
import { createPictureLoader } from '../media/create-picture-loader.ts'
import { pictureSettings } from '../media/picture-settings.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { createModelSupply } from '../model-store/create-model-supply.ts'
import { keypointSetOfMode } from '../model-store/keypoint-set-of-mode.ts'
import type { ObtainedModels } from '../model-store/obtain-models.ts'
import { createAnnotationEvents } from '../quality/events/annotation-events.ts'
import { createProjectQuality } from '../quality/project-quality.ts'
import { readCalibrationFile } from '../read-calibration-file.ts'
import { noTraces } from '../traces/no-traces.ts'
import { traceLog } from '../traces/trace-log.ts'
import type { Traces } from '../traces/traces.ts'
import { createAnswerBudget } from './answer-budget.ts'
import { createEstimateSource, type EstimateSource } from './estimate-source.ts'
import type { PoseService, ServiceHealth } from './pose-service.ts'
import { predictTasks } from './predict-tasks.ts'
import { putModelsTogether, type ModelsTogether } from './put-models-together.ts'
import { createResultCache } from './result-cache.ts'
import { createTaskPredictor } from './create-task-predictor.ts'
import { takeSnapshot } from './take-snapshot.ts'

/** What befalls tasks because of the request around them; its line in the log counts them. */
const leftOver: ReadonlySet<string> = new Set(['TIME_BUDGET', 'NEXT_CALL', 'CANCELLED'])

type Log = Pick<Logger, 'info' | 'warn' | 'error'>

/** The parts that exist only when model files were found. */
type Models = ModelsTogether & { source: EstimateSource }

/**
 * Puts the parts together: model files, threads, pictures, labelling interfaces. The model files are looked for at once,
 * and downloaded where that is wanted, while the caller goes on.
 * @throws ConfigError when CALIBRATION_FILE cannot be used
 */
export function createPoseService (config: Config, log: Log, metrics: Metrics | null = null, traces: Traces = noTraces): PoseService {
  const tracedLog = traceLog(log, traces)
  let models: Models | null = null
  let requests = 0
  let leaving = false
  let closing = false
  let closed: Promise<void> | null = null
  let mayLoad = false
  /** Of a request or a page, as many as createEstimateSource takes in hand of one priority. */
  const tasksAtOnce = config.workers * picturesPerWorker + config.downloads

  const answers = createAnswerBudget({ maxBytes: config.maxAnswerBytes, totalBytes: answersAtOnce * config.maxAnswerBytes })
  const ofProject = readCalibrationFile(config.calibrationFile)
  const accessToken = createAccessToken({ url: config.labelStudioUrl, key: config.labelStudioApiKey })
  let setupHostname: string | null = null
  const loader = createPictureLoader({
    labelStudioUrl: config.labelStudioUrl,
    labelStudioAuth: accessToken,
    setupHostname: () => setupHostname,
    traceHeaders: traces.headers,
    ...pictureSettings(config)
  })
  const planner = createLabelConfigPlanner()
  const client = config.labelStudioUrl === null ? null : createLabelStudioClient({ url: config.labelStudioUrl, token: accessToken, timeoutMs: checkTimeoutMs, traces })
  const received = createReceivedCalls()
  const annotations = createAnnotationEvents({ client, queueSize: config.eventQueueSize, maxBytes: config.maxBodyBytes, log, onEvent: received.noteEvent })
  const quality = createProjectQuality(client, { mostTasks: config.maxQualityTasks })
  let jobs: Promise<JobEngine> | null = null
  const supply = createModelSupply(config, {
    log,
    onFound (obtained) {
      if (closing) return
      models = putTogether(obtained)
      if (mayLoad) models.engine.start().catch(() => {})
    }
  })

  function putTogether (obtained: ObtainedModels): Models {
    const together = putModelsTogether(obtained, config, ofProject, log)
    const source = createEstimateSource({
      loader,
      engine: together.engine,
      cache: createResultCache({ maxBytes: config.cacheBytes }),
      workers: config.workers,
      downloads: config.downloads,
      maxBytes: config.downloadMaxBytes,
      queueSize: config.queueSize,
      metrics,
      traces
    })
    return { ...together, source }
  }

  function refusal (): PoseError | null {
    if (closing) return createPoseError('SHUTTING_DOWN', 'it finishes what it has accepted')
    if (models === null) return supply.refusal()
    const { state, reason } = models.engine.status()
    return state === 'broken' ? createPoseError('MODEL_BROKEN', reason ?? 'unknown reason') : null
  }

  /** Waits while the files are looked for, which takes moments, but not while they are downloaded. */
  async function requireModels (signal: AbortSignal): Promise<Models> {
    if (models === null && !closing) await rejectOnAbort(supply.searched, signal, 'while the model files were looked for')
    const error = refusal()
    if (error) throw error
    if (models === null) throw createPoseError('MODEL_LOADING', 'its files are looked for')
    return models
  }

  /** The points of the model; an own .onnx without description is known only once a worker has read it. */
  async function keypointSet ({ engine }: Models, signal: AbortSignal): Promise<KeypointSet> {
    if (engine.status().pose === null) await rejectOnAbort(engine.usable(), signal, 'while the models were loaded')
    const { pose } = engine.status()
    if (pose === null) throw refusal() ?? createPoseError('MODEL_LOADING', 'its keypoints are not known yet')
    return keypointSets[pose.keypointSet]
  }

  const service: PoseService = {
    async start () {
      mayLoad = config.preload
      if (config.redisUrl !== null && client !== null) {
        service.jobs().catch((err: unknown) => { log.error({ err }, 'this service takes no part in the jobs') })
      }
      await supply.settled
      if (config.preload) await models?.engine.start()
    },

    health (): ServiceHealth {
      const status = models?.engine.status()
      const entries = [status?.detector, status?.pose].filter((entry) => entry !== null && entry !== undefined)
      return {
        status: 'ok',
        model_loaded: status?.state === 'ready',
        model_version: models?.modelVersion ?? null,
        mode: config.mode,
        device: describeDevice(status?.device ?? config.device),
        reason: refusal()?.message ?? null,
        warnings: [...supply.warnings(), ...status?.warnings ?? [], ...(models?.warning ? [models.warning] : [])],
        fallback: models === null || models.fallback === null ? null : { mode: 'starter', reason: models.fallback },
        download: supply.progress()?.map((file) => ({ ...file })) ?? null,
        models: {
          detector: status?.detector?.title ?? null,
          pose: status?.pose?.title ?? null,
          licenses: [...new Set(entries.map(({ license }) => license))]
        },
        workers: status?.workers ?? { wanted: config.workers, ready: 0 },
        pictures: { waiting: models?.source.waiting ?? 0, running: models?.source.running ?? 0, estimated: models?.source.estimated ?? 0 }
      }
    },

    async snapshot () {
      const engine = await jobs?.catch(() => null) ?? null
      return await takeSnapshot({ service, source: models?.source ?? null, restarted: models?.engine.status().restarted ?? 0, predictRequests: requests, jobs: engine })
    },

    refusal,

    unreadiness () {
      if (leaving && !closing) return createPoseError('SHUTTING_DOWN', 'it finishes what comes until balancers have noticed')
      if (models === null) return refusal() ?? createPoseError('MODEL_LOADING', 'its files are looked for')
      const status = models.engine.status()
      if (status.state !== 'loading') return refusal()
      return createPoseError('MODEL_LOADING', `${status.workers.ready} of ${status.workers.wanted} workers are ready`)
    },

    modelVersion: async (signal) => (await requireModels(signal)).modelVersion,

    checkLabelConfig (xml) {
      const pose = models?.engine.status().pose
      if (!pose) return null
      try {
        planner.plan(xml, keypointSets[pose.keypointSet])
        return null
      } catch (error) {
        if (isPoseError(error)) return error.message
        throw error
      }
    },

    noteLabelStudio (about) {
      if (typeof about.hostname === 'string' && about.hostname.length <= 1000) setupHostname = about.hostname
      const token = about.accessToken
      if (accessToken.offer(token)) {
        jobs?.then((engine) => engine.noteToken(token)).catch((err: unknown) => { log.warn({ err }, 'the token that Label Studio has handed out could not be kept for other replicas') })
      }
    },

    async jobs () {
      if (client === null) throw createPoseError('JOBS_UNAVAILABLE', 'its address is not known')
      // With Redis another replica may have the token.
      if (accessToken.describe() === null && config.redisUrl === null) throw createPoseError('JOBS_UNAVAILABLE', 'there is no token')
      if (closing) throw createPoseError('SHUTTING_DOWN', 'it finishes what it has accepted')
      // They go on when the request that asks for them first is over.
      jobs ??= traces.outside(() => openJobs({
        client,
        predictor,
        url: config.redisUrl,
        prefix: config.redisPrefix,
        pagesPerMinute: config.jobPagesPerMinute,
        takeOverMs: config.jobTakeOverMs,
        mostJobs: config.maxJobs,
        batchSize: config.jobBatchSize,
        mostFailures: config.maxJobFailures,
        offerToken: accessToken.offer,
        traces,
        log: tracedLog
      }))
      return await jobs
    },

    labelConfig: labelConfigPreset,

    received,
    annotations,
    quality,

    check: (request, signal) => runChecks(checkContext, request, signal),

    openAnswer: answers.open,

    async predict (request, signal, answer) {
      if (requests >= config.maxRequests) throw createPoseError('OVERLOADED', `${requests} requests are worked on, see MAX_REQUESTS`)
      requests++
      try {
        const budget = AbortSignal.timeout(config.requestBudgetMs)
        const limited = anySignal([signal, budget])
        const current = await requireModels(limited)
        return await predictTasks(request, signal, {
          planner,
          estimate: current.source.estimate,
          keypointSet: await keypointSet(current, limited),
          modelVersion: current.modelVersion,
          shortModelVersion: current.shortModelVersion,
          confidenceThreshold: current.confidenceThreshold,
          keypointSize: config.keypointSize,
          maxPeople: config.maxPeople,
          maxTasks: config.maxTasks,
          answer,
          budget,
          tasksAtOnce,
          onUnexpected: (err) => { tracedLog.error({ err }, 'unexpected error in a task') },
          // Label Studio shows its users nothing of these: this line and its own log are where they can be read.
          onFailed: ({ task, project, error }) => {
            metrics?.noteError(error.code, 'task')
            if (leftOver.has(error.errorName)) return
            tracedLog.warn({ task, project, code: error.code, detail: error.message }, 'no prediction for a task')
            // A script that uses the short form reads its errors itself.
            if (request.label_config) received.noteRefusal(error)
          }
        })
      } finally {
        requests--
      }
    },

    announceClose () { leaving = true },
    get isLeaving () { return leaving || closing },

    beginClose () {
      closing = true
      quality.end()
      jobs?.then((engine) => { engine.beginClose() }, () => {})
    },

    close () {
      closing = true
      closed ??= (async () => {
        await annotations.close()
        // Its pictures in hand are finished and written, so it goes before what they need.
        await (await jobs)?.close()
        await supply.close()
        await models?.engine.close()
        await loader.close()
        await client?.close()
      })()
      return closed
    }
  }

  const predictor = createTaskPredictor({
    planner,
    modelVersion: service.modelVersion,
    async models (signal) {
      const current = await requireModels(signal)
      return { estimate: current.source.estimate, keypointSet: await keypointSet(current, signal), modelVersion: current.modelVersion, shortModelVersion: current.shortModelVersion, confidenceThreshold: current.confidenceThreshold }
    },
    keypointSize: config.keypointSize,
    maxPeople: config.maxPeople,
    maxTasks: config.maxTasks,
    tasksAtOnce,
    onUnexpected: (err) => { tracedLog.error({ err }, 'unexpected error in a task of a job') },
    onFailed: ({ error }) => { metrics?.noteError(error.code, 'task') }
  })

  const checkContext: CheckContext = {
    labelStudio: client === null ? null : { client, token: accessToken },
    loader,
    port: config.port,
    keypointSet () {
      const pose = models?.engine.status().pose
      return pose ? keypointSets[pose.keypointSet] : keypointSetOfMode(config)
    },
    service: {
      received,
      health: service.health,
      refusal,
      estimate: async (bytes, signal) => (await requireModels(signal)).engine.estimate(bytes, { boxSource: { kind: 'detector' }, priority: 'single', signal }),
      draw: async (bytes, people, options) => (await requireModels(options.signal)).engine.draw(bytes, people, options)
    }
  }
  return service
}

function describeDevice ({ name, index }: Config['device']): string {
  return name === 'cuda' ? `cuda:${index}` : name
}

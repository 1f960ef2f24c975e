import type { Logger } from 'pino'
import { keypointSets } from '../../models/keypoint-sets.ts'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { Config } from '../config.ts'
import { createPoseError, isPoseError, type PoseError } from '../errors.ts'
import { createPoseEngine } from '../inference/create-pose-engine.ts'
import type { PoseEngine } from '../inference/pose-engine.ts'
import { rejectOnAbort } from '../inference/reject-on-abort.ts'
import { createAccessToken } from '../label-studio/access-token.ts'
import { createLabelConfigPlanner } from '../label-studio/label-config-planner.ts'
import { labelConfigPreset } from '../label-studio/label-config-preset.ts'
import { createPictureLoader } from '../media/create-picture-loader.ts'
import { obtainModels } from '../model-store/obtain-models.ts'
import { createEstimateSource } from './estimate-source.ts'
import { createModelVersion } from './model-version.ts'
import type { PoseService, ServiceHealth } from './pose-service.ts'
import { predictTasks } from './predict-tasks.ts'
import { createResultCache } from './result-cache.ts'

/** Points below it are left out, unless the network or the configuration says otherwise. */
const DEFAULT_POINT_THRESHOLD = 0.3

type Log = Pick<Logger, 'info' | 'warn' | 'error'>

/** The parts that exist only when model files were found. */
interface Models {
  engine: PoseEngine
  modelVersion: string
  shortModelVersion: string
  /** Why the starter models stand in for the mode's, or null. */
  fallback: string | null
}

/** Puts the parts together: model files, threads, pictures, labelling interfaces. Reads the model files once, to hash them. */
export async function createPoseService (config: Config, log: Log): Promise<PoseService> {
  let models: Models | null = null
  let missing: PoseError | null = null
  try {
    models = await prepareModels(config, log)
  } catch (error) {
    if (!isPoseError(error)) throw error
    missing = error
  }

  const accessToken = createAccessToken({ url: config.labelStudioUrl, key: config.labelStudioApiKey })
  let setupHostname: string | null = null
  const loader = createPictureLoader({
    labelStudioUrl: config.labelStudioUrl,
    labelStudioAuth: accessToken,
    setupHostname: () => setupHostname,
    dataDir: config.dataDir,
    localFilesDir: config.localFilesDir,
    imageOrigins: config.imageOrigins,
    maxBytes: config.downloadMaxBytes,
    timeoutMs: config.downloadTimeoutMs
  })
  const planner = createLabelConfigPlanner()
  const source = models && createEstimateSource({
    loader,
    engine: models.engine,
    cache: createResultCache({ maxBytes: config.cacheBytes }),
    workers: config.workers,
    downloads: config.downloads,
    queueSize: config.queueSize
  })
  let requests = 0
  let closing = false
  let closed: Promise<void> | null = null

  function refusal (): PoseError | null {
    if (closing) return createPoseError('SHUTTING_DOWN', 'it finishes what it has accepted')
    if (models === null) return missing
    const { state, reason } = models.engine.status()
    return state === 'broken' ? createPoseError('MODEL_BROKEN', reason ?? 'unknown reason') : null
  }

  function requireModels (): Models {
    const error = refusal()
    if (error) throw error
    return models!
  }

  /** The points of the model; an own .onnx without description is known only once a worker has read it. */
  async function keypointSet ({ engine }: Models, signal: AbortSignal): Promise<KeypointSet> {
    if (engine.status().pose === null) await rejectOnAbort(engine.usable(), signal, 'while the models were loaded')
    const { pose } = engine.status()
    if (pose === null) throw refusal() ?? createPoseError('MODEL_LOADING', 'its keypoints are not known yet')
    return keypointSets[pose.keypointSet]
  }

  return {
    async start () {
      if (models && config.preload) await models.engine.start()
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
        warnings: status?.warnings ?? [],
        fallback: models === null || models.fallback === null ? null : { mode: 'starter', reason: models.fallback },
        models: {
          detector: status?.detector?.title ?? null,
          pose: status?.pose?.title ?? null,
          licenses: [...new Set(entries.map(({ license }) => license))]
        },
        workers: status?.workers ?? { wanted: config.workers, ready: 0 },
        pictures: { waiting: source?.waiting ?? 0, running: source?.running ?? 0 }
      }
    },

    refusal,

    unreadiness () {
      const status = models?.engine.status()
      if (status?.state !== 'loading') return refusal()
      return createPoseError('MODEL_LOADING', `${status.workers.ready} of ${status.workers.wanted} workers are ready`)
    },

    modelVersion: () => requireModels().modelVersion,

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
      accessToken.offer(about.accessToken)
    },

    labelConfig: labelConfigPreset,

    async predict (request, signal) {
      const current = requireModels()
      if (requests >= config.maxRequests) throw createPoseError('OVERLOADED', `${requests} requests are worked on, see MAX_REQUESTS`)
      requests++
      try {
        const budget = AbortSignal.timeout(config.requestBudgetMs)
        return await predictTasks(request, signal, {
          planner,
          estimate: source!.estimate,
          keypointSet: await keypointSet(current, AbortSignal.any([signal, budget])),
          modelVersion: current.modelVersion,
          shortModelVersion: current.shortModelVersion,
          keypointSize: config.keypointSize,
          maxPeople: config.maxPeople,
          maxTasks: config.maxTasks,
          maxAnswerLength: config.maxAnswerBytes,
          budget,
          tasksAtOnce: config.workers * 2 + config.downloads,
          onUnexpected: (err) => { log.error({ err }, 'unexpected error in a task') }
        })
      } finally {
        requests--
      }
    },

    beginClose () {
      closing = true
    },

    close () {
      closing = true
      closed ??= (async () => {
        await models?.engine.close()
        await loader.close()
      })()
      return closed
    }
  }
}

/** @throws PoseError MODEL_MISSING, MODEL_BROKEN */
async function prepareModels (config: Config, log: Log): Promise<Models> {
  const { detector, pose, fallback } = await obtainModels(config)
  const confidenceThreshold = config.confidenceThreshold ?? pose.entry?.pointThreshold ?? DEFAULT_POINT_THRESHOLD
  const engine = createPoseEngine({
    detector,
    pose,
    device: config.device,
    intraOpThreads: 1,
    ...(config.mapped !== null && { mapped: config.mapped }),
    confidenceThreshold,
    detectorThreshold: config.detectorThreshold,
    maxPeople: config.maxPeople,
    maxPixels: config.maxPixels
  }, { workers: config.workers, log })
  const { modelVersion, shortModelVersion } = createModelVersion({ detector, pose }, { ...config, confidenceThreshold })
  return { engine, modelVersion, shortModelVersion, fallback }
}

function describeDevice ({ name, index }: Config['device']): string {
  return name === 'cuda' ? `cuda:${index}` : name
}

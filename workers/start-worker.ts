import sharp from 'sharp'
import { reindexCalibration } from '../models/confidence/reindex-calibration.ts'
import { fail, messageOf } from './outcome.ts'
import { createPipeline, type Handler } from './pipeline.ts'
import type { WorkerMessage, WorkerSettings } from './protocol.ts'
import { loadNetworks, type NetworksOptions } from './session/load-networks.ts'
import { readDetectorGraph } from './session/read-detector-graph.ts'
import { readPoseGraph } from './session/read-pose-graph.ts'
import { recordInputs } from './session/record-inputs.ts'
import { warmUp } from './session/warm-up.ts'

/**
 * Loads the models and tells the parent how it went. Resolves always: a worker without models answers every job with a
 * failure, because one that ends while loading would be started again and again.
 */
export async function startWorker (settings: WorkerSettings, post: (message: WorkerMessage) => void, open?: NetworksOptions['open']): Promise<Handler> {
  // One picture at a time per thread, each decoded once: libvips' own threads and cache would only cost memory.
  sharp.concurrency(1)
  sharp.cache(false)
  try {
    const { networks, warnings } = await loadNetworks({
      settings,
      onLeaveDevice: (warning, device) => { post({ type: 'worker-warning', warning, device }) },
      ...(open !== undefined && { open })
    })
    const detector = readDetectorGraph(networks.session('detector'), settings.detector)
    const pose = readPoseGraph(networks.session('pose'), settings.pose)
    const calibration = settings.calibration && reindexCalibration(settings.calibration, pose.entry.keypointSet)
    if (calibration === null) {
      throw new Error(`CALIBRATION_FILE is for the points of ${settings.calibration!.keypointSet}, but the pose network ${pose.entry.file} has those of ${pose.entry.keypointSet}. Name the file of a project with these points, or none.`)
    }
    warnings.push(...detector.warnings, ...pose.warnings)
    await warmUp(networks, detector, pose)
    const unmapped = networks.unmapped().map((role) => ({ role, path: settings[role].path, sha256: settings[role].sha256 }))
    post({ type: 'worker-ready', detector: detector.entry, pose: pose.entry, device: networks.device(), warnings, unmapped })
    return createPipeline(settings.recordInputs === undefined ? networks : recordInputs(networks, settings.recordInputs), detector, pose, { ...settings, ...(calibration && { calibration }) })
  } catch (error) {
    const message = messageOf(error)
    post({ type: 'worker-broken', message })
    return async () => fail('INFERENCE_FAILED', `the models could not be loaded: ${message}`)
  }
}

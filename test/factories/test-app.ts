import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { pino, type Logger } from 'pino'
import type { Test } from 'tap'
import { buildApp } from '../../src/app.ts'
import { loadConfig, type Config } from '../../src/config.ts'
import { createMetrics } from '../../src/metrics/create-metrics.ts'
import { createPoseService } from '../../src/prediction/create-pose-service.ts'
import type { PoseService } from '../../src/prediction/pose-service.ts'
import { openTraces } from '../../src/traces/open-traces.ts'
import type { Traces } from '../../src/traces/traces.ts'
import { writeTestModels, type TestModelOptions } from './onnx-model.ts'

export interface TestAppOptions {
  env?: Record<string, string>
  /** false: an empty MODEL_DIR and a mode whose files are not there. */
  models?: TestModelOptions | false
  /** true unless told: the service is started and ready before the app is handed out. */
  start?: boolean
  /** Silent unless told. */
  log?: Logger
}

export interface TestApp {
  app: FastifyInstance
  service: PoseService
  config: Config
  traces: Traces
}

const silent = pino({ level: 'silent' })

/** The whole service with real threads and tiny models; closed and removed when the test ends. */
export async function buildTestApp (t: Test, { env = {}, models = {}, start = true, log = silent }: TestAppOptions = {}): Promise<TestApp> {
  const dir = await mkdtemp(join(tmpdir(), 'pose-test-'))
  const chosen: Record<string, string> = { MODEL_DIR: dir, WORKERS: '1', LOG_LEVEL: 'silent', MODEL_FALLBACK: 'none', MODEL_DOWNLOAD: 'never' }
  if (models !== false) {
    const { detectorEntry, poseEntry } = await writeTestModels(dir, models)
    await Promise.all([
      writeFile(join(dir, 'detector.json'), JSON.stringify(detectorEntry)),
      writeFile(join(dir, 'pose.json'), JSON.stringify(poseEntry))
    ])
    Object.assign(chosen, { DETECTOR_MODEL: join(dir, 'detector.json'), POSE_MODEL: join(dir, 'pose.json') })
  }
  const config = loadConfig({ ...chosen, ...env })
  const metrics = config.metrics === 'off' ? null : createMetrics()
  const traces = await openTraces(config.tracesEndpoint, log)
  const service = createPoseService(config, log, metrics, traces)
  const app = await buildApp({ config, service, metrics, traces, ...(log !== silent && { log }) })
  t.teardown(async () => {
    await app.close()
    await traces.close()
    await rm(dir, { recursive: true, force: true })
  })
  await app.ready()
  if (start) await service.start()
  return { app, service, config, traces }
}

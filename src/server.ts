/** Reads the configuration, listens, gets and loads the models, and drains on SIGTERM. Nothing else. */
import closeWithGrace from 'close-with-grace'
import type { Logger } from 'pino'
import { ConfigError, loadConfig } from './config.ts'
import { createLog } from './create-log.ts'
import { createMetrics } from './metrics/create-metrics.ts'
import { createPoseService } from './prediction/create-pose-service.ts'
import { openTraces } from './traces/open-traces.ts'

const { config, log, service, started, app, traces } = await prepare()
let isClosing = false

// Every accepted request may use its whole budget; only then would ending a busy thread abort the process.
closeWithGrace({ delay: config.requestBudgetMs + 30_000, logger: log }, async ({ signal, err }) => {
  isClosing = true
  if (err) log.error({ err }, 'closing after an error')
  else log.info({ signal }, 'closing: accepted requests are finished first')
  await app.close()
  await traces.close()
})

const address = await app.listen({ host: config.host, port: config.port })
  .catch(async (error: NodeJS.ErrnoException) => {
    log.fatal(error.code === 'EADDRINUSE' ? `Port ${config.port} is in use: end the other program or set PORT.` : error.message)
    // Ending the process while threads load their networks would abort it.
    await app.close()
    process.exit(1)
  })

await started.catch(async (error: unknown) => {
  log.fatal(error, 'the service cannot start')
  await app.close()
  process.exit(1)
})
announce()

/** What a person who starts the service must know: models, licences, and whether others stand in for those wanted. */
function announce (): void {
  const { models, workers, device, mode, model_version: modelVersion, reason, fallback } = service.health()
  if (reason === null) {
    const state = models.detector === null ? 'models load at the first request' : `${models.detector} + ${models.pose}`
    log.info(`Listening on ${address}, model ${modelVersion} (${state}), ${workers.wanted} workers on ${device}`)
    if (models.licenses.length > 0) log.info(`Licences of the models: ${models.licenses.join('; ')}`)
    if (fallback !== null) {
      log.warn(`STARTER MODELS INSTEAD OF MODE=${mode}: poses are drafts of the small models that are built in, until the next start. ${fallback.reason}`)
    }
  } else if (!isClosing) {
    log.error(`Listening on ${address} without a model: ${reason}`)
  }
}

/** Everything up to listening. A wrong configuration ends the process with its sentence, anything else with its stack. */
async function prepare () {
  let log: Logger | null = null
  try {
    const config = loadConfig()
    log = createLog(config.logLevel)
    const metrics = config.metrics === 'off' ? null : createMetrics()
    const traces = await openTraces(config.tracesEndpoint, log)
    const service = createPoseService(config, log, metrics, traces)
    // The threads load their networks while this one loads the HTTP side.
    const started = service.start()
    // Looked at once the service listens; until then it is nobody's.
    started.catch(() => {})
    const { buildApp } = await import('./app.ts')
    const app = await buildApp({ config, service, metrics, traces, log })
    return { config, log, service, started, app, traces }
  } catch (error) {
    if (error instanceof ConfigError) {
      process.stderr.write(`${error.message}\n`)
      process.exit(78) // EX_CONFIG of sysexits.h
    }
    log ??= createLog('info')
    log.fatal(error, 'the service cannot start')
    process.exit(1)
  }
}

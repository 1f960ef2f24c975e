import { setTimeout as sleep } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import { ConfigError, loadConfig, type Config } from './config.ts'
import { describeMemory } from './container/describe-memory.ts'
import { createLog } from './create-log.ts'
import { createMetrics } from './metrics/create-metrics.ts'
import { createPoseService } from './prediction/create-pose-service.ts'
import { openTraces } from './traces/open-traces.ts'

/**
 * Reads the configuration, listens, gets and loads the models, and drains on SIGTERM. Nothing else.
 * @param takeOver called as soon as SIGTERM and SIGINT are taken here
 */
export async function serve (takeOver: () => void): Promise<void> {
  const config = readConfig()
  const log = createLog(config.logLevel)
  refuseMisfit()
  let isClosing = false
  const preparing = prepare()

  // Every accepted request may use its whole budget; only then would ending a busy thread abort the process.
  closeWithGrace({ delay: config.closeDelayMs + config.requestBudgetMs + 30_000, logger: log }, async ({ signal, err }) => {
    isClosing = true
    if (err) log.error({ err }, 'closing after an error')
    else log.info({ signal }, 'closing: accepted requests are finished first')
    const { service, app, traces } = await preparing
    // A person who presses Ctrl-C has no balancer in front, and none sends requests to a replica that was never ready.
    if (signal === 'SIGTERM' && config.closeDelayMs > 0 && service.unreadiness() === null) {
      service.announceClose()
      await sleep(config.closeDelayMs)
    }
    await app.close()
    await traces.close()
  })
  takeOver()

  const { service, started, app } = await preparing
  const address = await app.listen({ host: config.host, port: config.port })
    .catch(async (error: NodeJS.ErrnoException) => {
      // Told to end before it listened: the end is under way.
      if (isClosing) return await new Promise<never>(() => {})
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

  /** What cannot fit is refused, unless somebody has said how many workers there shall be: that is done, and the danger said. */
  function refuseMisfit (): void {
    const { machine, plan } = config.memory
    if (plan.misfit?.isSure === true && plan.workersBy !== 'WORKERS') endStart(new ConfigError(plan.misfit.sentence))
    log.info(describeMemory(plan, machine))
    if (plan.misfit !== null) log.warn(plan.misfit.sentence)
  }

  /** Everything up to listening. */
  async function prepare () {
    try {
      const metrics = config.metrics === 'off' ? null : createMetrics()
      const traces = await openTraces(config.tracesEndpoint, log)
      const service = createPoseService(config, log, metrics, traces)
      // The threads load their networks while this one loads the HTTP side.
      const started = service.start()
      // Looked at once the service listens; until then it is nobody's.
      started.catch(() => {})
      const { buildApp } = await import('./app.ts')
      const app = await buildApp({ config, service, metrics, traces, log })
      return { service, started, app, traces }
    } catch (error) {
      return endStart(error)
    }
  }
}

/** A wrong configuration ends the process with its sentence, anything else with its stack. */
function readConfig (): Config {
  try {
    return loadConfig()
  } catch (error) {
    return endStart(error)
  }
}

function endStart (error: unknown): never {
  if (error instanceof ConfigError) {
    process.stderr.write(`${error.message}\n`)
    process.exit(78) // EX_CONFIG of sysexits.h
  }
  createLog('info').fatal(error, 'the service cannot start')
  process.exit(1)
}

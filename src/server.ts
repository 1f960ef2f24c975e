/** Reads the configuration, listens, loads the models, and drains on SIGTERM. Nothing else. */
import closeWithGrace from 'close-with-grace'
import pino from 'pino'
import pretty from 'pino-pretty'
import { buildApp } from './app.ts'
import { loadConfig, type Config } from './config.ts'
import { createPoseService } from './prediction/create-pose-service.ts'

let config: Config
try {
  config = loadConfig()
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exit(78) // EX_CONFIG of sysexits.h
}

// A log transport is a thread more and loses lines when a process ends hard; a stream in this thread does neither.
const log = pino({ level: config.logLevel }, process.stdout.isTTY ? pretty({ sync: true, ignore: 'pid,hostname,reqId', singleLine: true }) : pino.destination({ sync: true }))

const service = await createPoseService(config, log)
const app = await buildApp({ config, service, log })

// Every accepted request may use its whole budget; only then would ending a busy thread abort the process.
closeWithGrace({ delay: config.requestBudgetMs + 30_000, logger: log }, async ({ signal, err }) => {
  if (err) log.error({ err }, 'closing after an error')
  else log.info({ signal }, 'closing: accepted requests are finished first')
  await app.close()
})

const address = await app.listen({ host: config.host, port: config.port })
  .catch((error: NodeJS.ErrnoException) => {
    log.fatal(error.code === 'EADDRINUSE' ? `Port ${config.port} is in use: end the other program or set PORT.` : error.message)
    process.exit(1)
  })

await service.start()
const { models, workers, device, model_version: modelVersion, reason } = service.health()
if (reason === null) {
  const state = models.detector === null ? 'models load at the first request' : `${models.detector} + ${models.pose}`
  log.info(`Listening on ${address}, model ${modelVersion} (${state}), ${workers.wanted} workers on ${device}`)
} else {
  log.error(`Listening on ${address} without a model: ${reason}`)
}

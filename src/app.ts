/** The table of contents of the HTTP side: plugins first, then routes. */
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { answerMalformed } from '../plugins/answer-malformed.ts'
import apiToken from '../plugins/api-token.ts'
import basicAuth from '../plugins/basic-auth.ts'
import bodyBudget from '../plugins/body-budget.ts'
import clientCertificate from '../plugins/client-certificate.ts'
import clientSignal from '../plugins/client-signal.ts'
import compress from '../plugins/compress.ts'
import cors from '../plugins/cors.ts'
import errorHandler from '../plugins/error-handler.ts'
import { escapeBadUrl } from '../plugins/escape-bad-url.ts'
import jsonBody from '../plugins/json-body.ts'
import loadShedding from '../plugins/load-shedding.ts'
import noteRequests from '../plugins/metrics.ts'
import oneHost from '../plugins/one-host.ts'
import openConnections from '../plugins/open-connections.ts'
import openApi from '../plugins/openapi.ts'
import { readPageFiles } from '../plugins/playground/read-page-files.ts'
import poseService from '../plugins/pose-service.ts'
import rateLimit from '../plugins/rate-limit.ts'
import { readRequestId } from '../plugins/read-request-id.ts'
import receivedCalls from '../plugins/received-calls.ts'
import requestIdentity from '../plugins/request-identity.ts'
import securityHeaders from '../plugins/security-headers.ts'
import stalledAnswers from '../plugins/stalled-answers.ts'
import tlsRenewal from '../plugins/tls-renewal.ts'
import traceRequests from '../plugins/trace-requests.ts'
import { checkRoute } from '../plugins/routes/check.ts'
import { healthRoutes } from '../plugins/routes/health.ts'
import { jobRoutes } from '../plugins/routes/jobs.ts'
import { labelConfigRoute } from '../plugins/routes/label-config.ts'
import { metricsRoute } from '../plugins/routes/metrics.ts'
import { playgroundRoutes } from '../plugins/routes/playground.ts'
import { predictRoute } from '../plugins/routes/predict.ts'
import { qualityRoute } from '../plugins/routes/quality.ts'
import { setupRoute } from '../plugins/routes/setup.ts'
import { versionsRoute } from '../plugins/routes/versions.ts'
import { webhookRoutes } from '../plugins/routes/webhook.ts'
import type { Config } from './config.ts'
import { createJsonParser } from './inference/create-json-parser.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { PoseService } from './prediction/pose-service.ts'
import { readTls } from './tls/read-tls.ts'
import { noTraces } from './traces/no-traces.ts'
import type { Traces } from './traces/traces.ts'
import { version } from './version.ts'

export interface AppOptions {
  config: Config
  service: PoseService
  /** null: they are switched off. */
  metrics?: Metrics | null
  traces?: Traces
  /** Without one nothing is logged. */
  log?: FastifyBaseLogger
}

/** For HTTP and HTTPS alike. A missing Host header is refused by plugins/one-host.ts, in our words. */
const receiving = { headersTimeout: 15_000, connectionsCheckingInterval: 5000, requireHostHeader: false }

/** For receiving a request; the largest body may come over a slow line. */
const requestTimeout = 120_000

/** Registers everything; the caller listens and starts the service. */
export async function buildApp ({ config, service, metrics = null, traces = noTraces, log }: AppOptions): Promise<FastifyInstance> {
  const tls = config.tls === null ? null : { files: config.tls, material: readTls(config.tls) }
  const app = Fastify({
    ...(log === undefined ? {} : { loggerInstance: log }),
    bodyLimit: 1024 * 1024,
    requestTimeout,
    // Requests on open connections get our own refusal, see plugins/pose-service.ts.
    return503OnClosing: false,
    // What is awaited may take long; who does not take an answer is let go by plugins/stalled-answers.ts.
    connectionTimeout: 0,
    // Longer than the minute of most proxies: who opened the connection should be the one to close it.
    keepAliveTimeout: 72_000,
    http: receiving,
    clientErrorHandler: answerMalformed,
    trustProxy: config.trustProxy.length > 0 ? config.trustProxy : false,
    // As long as a request line can be: what is longer the router would answer past all hooks. The schemas of the routes bound it.
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 16 * 1024 },
    // Validation must not rewrite what Label Studio sent: "7" stays "7".
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
    rewriteUrl: escapeBadUrl,
    genReqId: readRequestId,
    ...(tls !== null && { https: { ...receiving, ...tls.material, handshakeTimeout: receiving.headersTimeout, ...(tls.files.clientCa !== null && { requestCert: true, rejectUnauthorized: false }) } })
  }).withTypeProvider<TypeBoxTypeProvider>()

  const parser = createJsonParser({ inlineBytes: 512 * 1024 })

  await app.register(openConnections, { max: config.maxConnections })
  await app.register(traceRequests, { traces })
  await app.register(requestIdentity)
  await app.register(securityHeaders)
  await app.register(cors, { origins: config.corsOrigins })
  await app.register(rateLimit, {
    max: config.rateLimitMax,
    windowMs: config.rateLimitWindowMs,
    labelStudioUrl: config.labelStudioUrl,
    redis: config.redisUrl === null ? null : { url: config.redisUrl, prefix: config.redisPrefix },
    onChange: (isShared) => { metrics?.noteRateLimit(isShared) }
  })
  await app.register(apiToken, { apiToken: config.apiToken })
  if (config.basicAuth !== null) await app.register(basicAuth, { ...config.basicAuth, apiToken: config.apiToken })
  if (tls !== null && tls.files.clientCa !== null) await app.register(clientCertificate)
  await app.register(errorHandler)
  await app.register(oneHost)
  await app.register(stalledAnswers)
  if (tls !== null) await app.register(tlsRenewal, { files: tls.files, inUse: tls.material })
  if (metrics !== null) await app.register(noteRequests, { metrics })
  await app.register(loadShedding)
  await app.register(compress)
  await app.register(clientSignal)
  await app.register(bodyBudget, { maxBytes: config.maxBodyBytes * 2, arrivalMs: requestTimeout })
  await app.register(jsonBody, { parser })
  await app.register(openApi, { version, asksForPassword: config.basicAuth !== null })
  await app.register(poseService, { service })
  await app.register(receivedCalls)

  const pageFiles = config.playground ? readPageFiles() : null
  await app.register(healthRoutes, { page: pageFiles?.get('index.html') ?? null })
  if (pageFiles !== null) {
    await app.register(playgroundRoutes, {
      files: pageFiles,
      limits: { pixels: config.maxPixels, bytes: config.downloadMaxBytes, bodyBytes: config.maxBodyBytes },
      keypointSize: config.keypointSize
    })
  }
  if (metrics !== null) await app.register(metricsRoute, { metrics, needsToken: config.metrics === 'token' })
  await app.register(setupRoute)
  await app.register(predictRoute, { maxBodyBytes: config.maxBodyBytes })
  await app.register(webhookRoutes, { maxBodyBytes: config.maxBodyBytes, parser })
  await app.register(versionsRoute)
  await app.register(labelConfigRoute)
  await app.register(checkRoute)
  await app.register(qualityRoute)
  await app.register(jobRoutes)
  return app as unknown as FastifyInstance
}

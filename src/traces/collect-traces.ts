/** Traces by the SDK of OpenTelemetry, sent to a collector over OTLP (docs/decisions/0016). */
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { defaultTextMapGetter, defaultTextMapSetter, diag, DiagLogLevel, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context, type Span as OtelSpan } from '@opentelemetry/api'
import { ExportResultCode, setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base'
import { isPoseError } from '../errors.ts'
import type { EngineLog } from '../inference/create-pose-engine.ts'
import { version } from '../version.ts'
import type { Span, SpanFacts, Traces } from './traces.ts'

export interface CollectTracesOptions {
  /** Address of the collector without the `/v1/traces` behind it, and without a slash at the end. */
  endpoint: string
  log: EngineLog
}

const serviceName = 'label-studio-rtmpose'
/** For what is left at the close: the requests have had their time, and a collector that hangs gets none of it. */
const closeWithinMs = 3000
/** Longest text in an attribute. */
const longestText = 1000
/** Complaints of the SDK that are repeated sooner are left out. */
const silenceMs = 60_000

/**
 * Everything else of the SDK is as its own variables say, which it reads itself: OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER,
 * OTEL_EXPORTER_OTLP_HEADERS, OTEL_BSP_... Without them it holds 2048 spans at most and drops what is too much; it never makes a request wait.
 */
export function collectTraces ({ endpoint, log }: CollectTracesOptions): Traces {
  hearComplaints(log)
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': serviceName, 'service.version': version, 'service.instance.id': randomUUID() }))
      .merge(detectResources({ detectors: [envDetector] })),
    generalLimits: { attributeValueLengthLimit: longestText },
    spanLimits: { attributeValueLengthLimit: longestText },
    spanProcessors: [new BatchSpanProcessor(sayOnce(new OTLPTraceExporter({ url: `${endpoint}/v1/traces` }), endpoint, log))]
  })
  const tracer = provider.getTracer(serviceName, version)
  const propagator = new W3CTraceContextPropagator()
  const present = new AsyncLocalStorage<Context>()
  const contexts = new WeakMap<Span, Context>()

  function open (name: string, kind: SpanKind, facts: SpanFacts, parent: Context, startTime?: number): { span: Span, context: Context } {
    const otel = tracer.startSpan(name, { kind, attributes: facts, ...(startTime !== undefined && { startTime }) }, parent)
    const span = toSpan(otel)
    const context = trace.setSpan(parent, otel)
    contexts.set(span, context)
    return { span, context }
  }

  const here = (): Context => present.getStore() ?? ROOT_CONTEXT

  return {
    isOn: true,
    beginRequest: (name, headers, facts) => open(name, SpanKind.SERVER, facts, propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter)).span,
    inside: (span, work) => present.run(contexts.get(span) ?? here(), work),
    outside: (work) => present.run(ROOT_CONTEXT, work),
    async run (name, { facts = {}, kind = 'internal', isRoot = false }, work) {
      const { span, context } = open(name, kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL, facts, isRoot ? ROOT_CONTEXT : here())
      try {
        return await present.run(context, () => work(span))
      } catch (error) {
        // The message of an unexpected error may hold anything; it goes to the log alone.
        if (isPoseError(error)) span.fail(error.code, error.message)
        else span.fail(error instanceof Error ? error.name : 'unknown')
        throw error
      } finally {
        span.end()
      }
    },
    past (name, from, ms, facts = {}) {
      // The clock of the machine may have been set since the start of the process, which performance.now() does not know.
      const began = Date.now() - (performance.now() - from)
      tracer.startSpan(name, { attributes: facts, startTime: began }, here()).end(began + Math.max(0, ms))
    },
    traceId: () => trace.getSpanContext(here())?.traceId ?? null,
    headers () {
      const headers: Record<string, string> = {}
      propagator.inject(here(), headers, defaultTextMapSetter)
      return headers
    },
    async close () {
      const sent = provider.shutdown().catch((err: unknown) => { log.warn({ err }, 'the last traces could not be sent') })
      await Promise.race([sent, sleep(closeWithinMs, undefined, { ref: false })])
    }
  }
}

function toSpan (otel: OtelSpan): Span {
  return {
    traceId: otel.spanContext().traceId,
    add (facts) { otel.setAttributes(facts) },
    fail (type, message) {
      otel.setAttribute('error.type', type)
      otel.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) })
    },
    end () { otel.end() }
  }
}

/** Says in the log once that the collector cannot be reached, and once that it can again. */
function sayOnce (exporter: OTLPTraceExporter, endpoint: string, log: EngineLog): SpanExporter {
  let isAway = false
  return {
    export (spans, callback) {
      exporter.export(spans, (result) => {
        const hasFailed = result.code !== ExportResultCode.SUCCESS
        if (hasFailed && !isAway) log.warn({ endpoint, reason: result.error?.message ?? 'unknown' }, 'traces cannot be sent, see OTEL_EXPORTER_OTLP_ENDPOINT: they are dropped until the collector answers')
        if (!hasFailed && isAway) log.info({ endpoint }, 'traces are sent again')
        isAway = hasFailed
        callback(result)
      })
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown()
  }
}

/** What the SDK has to say of its variables and of spans that it drops. */
function hearComplaints (log: EngineLog): void {
  const saidAt = new Map<string, number>()
  const say = (message: string) => {
    const about = message.replace(/\d+/g, '').slice(0, 40)
    if (performance.now() - (saidAt.get(about) ?? -Infinity) < silenceMs) return
    if (saidAt.size >= 100) saidAt.clear()
    saidAt.set(about, performance.now())
    log.warn({}, `traces: ${message}`)
  }
  diag.setLogger({ error: say, warn: say, info () {}, debug () {}, verbose () {} }, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  // Of sending; sayOnce has said it.
  setGlobalErrorHandler(() => {})
}

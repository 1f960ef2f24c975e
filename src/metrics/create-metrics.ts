import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Person } from '../../models/person.ts'
import { metricTable, type MetricFacts, type MetricName, type Stage } from './metric-table.ts'
import type { Metrics } from './metrics.ts'
import type { ServiceSnapshot } from './service-snapshot.ts'

type OfKind<Kind extends MetricFacts['kind']> = { [Name in MetricName]: (typeof metricTable)[Name]['kind'] extends Kind ? Name : never }[MetricName]
type Labels = Record<string, string | number>

/** Metrics of this process, in Prometheus' form; also those of Node itself (event loop, memory, processor, handles). */
export function createMetrics (): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const counters = new Map<string, Counter>()
  const gauges = new Map<string, Gauge>()
  const histograms = new Map<string, Histogram>()
  for (const [name, { kind, help, labels = {}, buckets }] of Object.entries<MetricFacts>(metricTable)) {
    const options = { name, help, labelNames: Object.keys(labels), registers: [registry] }
    if (kind === 'counter') counters.set(name, new Counter(options))
    else if (kind === 'gauge') gauges.set(name, new Gauge(options))
    else histograms.set(name, new Histogram({ ...options, buckets: [...buckets!] }))
  }

  function count (name: OfKind<'counter'>, labels: Labels = {}, by = 1): void {
    counters.get(name)!.inc(labels, by)
  }

  function observe (name: OfKind<'histogram'>, labels: Labels, value: number): void {
    histograms.get(name)!.observe(labels, value)
  }

  function set (name: OfKind<'gauge'>, value: number | null, labels: Labels = {}): void {
    if (value === null) gauges.get(name)!.remove(labels)
    else gauges.get(name)!.set(labels, value)
  }

  /** A counter that something else counts. */
  function follow (name: OfKind<'counter'>, value: number | null, labels: Labels = {}): void {
    const counter = counters.get(name)!
    counter.remove(labels)
    if (value !== null) counter.inc(labels, value)
  }

  function noteStage (stage: Stage, ms: number): void {
    observe('rtmpose_picture_seconds', { stage }, ms / 1000)
  }

  function look (snapshot: ServiceSnapshot): void {
    const { model, workers, pictures, jobs, annotations, container } = snapshot
    set('rtmpose_ready', snapshot.ready ? 1 : 0)
    gauges.get('rtmpose_model_info')!.reset()
    if (model !== null) set('rtmpose_model_info', 1, { model_version: model.version, mode: model.mode, device: model.device, fallback: model.isFallback ? 'yes' : 'no' })
    for (const part of ['received', 'total'] as const) set('rtmpose_model_download_bytes', snapshot.modelDownload[part], { part })
    for (const state of ['wanted', 'ready'] as const) set('rtmpose_workers', workers[state], { state })
    follow('rtmpose_worker_restarts_total', workers.restarted)
    for (const state of ['waiting', 'running'] as const) set('rtmpose_queue_pictures', pictures[state], { state })
    set('rtmpose_queue_oldest_seconds', pictures.oldestWaitingMs / 1000)
    set('rtmpose_predict_requests', snapshot.predictRequests)
    set('rtmpose_cache_bytes', snapshot.cacheBytes)
    // Rather none than old ones: they would look like a job that stands still.
    gauges.get('rtmpose_jobs')!.reset()
    gauges.get('rtmpose_job_tasks')!.reset()
    for (const [state, value] of Object.entries(jobs?.states ?? {})) set('rtmpose_jobs', value, { state })
    for (const [state, value] of Object.entries(jobs?.tasks ?? {})) set('rtmpose_job_tasks', value, { state })
    for (const [event, value] of Object.entries({ ...annotations, withoutProject: undefined, without_project: annotations.withoutProject })) {
      if (value !== undefined) follow('rtmpose_annotation_events_total', value, { event })
    }
    set('rtmpose_container_memory_limit_bytes', container.memoryBytes)
    set('rtmpose_container_memory_bytes', container.usedMemoryBytes)
    set('rtmpose_container_cpu_limit', container.cpus)
    follow('rtmpose_container_throttled_seconds_total', container.throttledSeconds)
  }

  // Left out until it is counted over Redis: 0 would say that Redis is away.
  set('rtmpose_rate_limit_shared', null)

  return {
    noteRequest ({ method, route, status, seconds }) {
      count('rtmpose_http_requests_total', { method, route, status })
      observe('rtmpose_http_request_seconds', { route }, seconds)
    },
    noteError (code, scope) { count('rtmpose_errors_total', { code, scope }) },
    noteEstimate ({ people, times }, keypointSet) {
      noteStage('queue', times.queueMs)
      noteStage('decode', times.decodeMs)
      noteStage('detect', times.detectMs)
      if (people.length === 0) count('rtmpose_empty_pictures_total')
      else noteStage('pose', times.poseMs)
      count('rtmpose_people_total', {}, people.length)
      for (const { name, first, last } of keypointSet.parts) {
        for (const person of people) observe('rtmpose_keypoint_confidence', { part: name }, meanConfidence(person, first, last))
      }
    },
    notePicture (ms, known) {
      count('rtmpose_pictures_total', { source: known ? 'cache' : 'networks' })
      noteStage('total', ms)
    },
    noteLookup (isHit) { count('rtmpose_cache_lookups_total', { result: isHit ? 'hit' : 'miss' }) },
    noteDownload (ms, bytes) {
      count('rtmpose_downloads_total', { result: bytes === null ? 'failed' : 'ok' })
      noteStage('download', ms)
      count('rtmpose_download_bytes_total', {}, bytes ?? 0)
    },
    noteRateLimit (isShared) { set('rtmpose_rate_limit_shared', isShared ? 1 : 0) },
    async read (snapshot) {
      look(snapshot)
      return { contentType: registry.contentType, text: await registry.metrics() }
    }
  }
}

/** @param first, last indices of keypoints, inclusive */
function meanConfidence ({ keypoints }: Person, first: number, last: number): number {
  let sum = 0
  for (let index = first; index <= last; index++) sum += keypoints[index * 3 + 2]!
  return sum / (last - first + 1)
}

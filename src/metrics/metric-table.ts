/** Every metric of this service: /metrics and docs/metrics.md are made from it. Labels take few values each, known before. */

export interface MetricFacts {
  kind: 'counter' | 'gauge' | 'histogram'
  help: string
  /** Label name -> what it may hold, in words. */
  labels?: Record<string, string>
  /** Upper bounds of a histogram. */
  buckets?: readonly number[]
}

/** Seconds of one picture: a small network needs 20 ms, a large picture of many people with a slow source a minute. */
const pictureSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
/** Seconds of a request: up to REQUEST_BUDGET_S. */
const requestSeconds = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80]

export const stages = ['total', 'download', 'queue', 'decode', 'detect', 'pose'] as const
export type Stage = typeof stages[number]

export const metricTable = {
  rtmpose_http_requests_total: { kind: 'counter', help: 'Answered requests', labels: { method: 'GET, POST, ...', route: 'as in /openapi.json; unknown = no route of this service', status: 'status of the answer' } },
  rtmpose_http_request_seconds: { kind: 'histogram', help: 'From the arrival of a request to the last byte of its answer', labels: { route: 'as in /openapi.json; unknown = no route of this service' }, buckets: requestSeconds },
  rtmpose_errors_total: { kind: 'counter', help: 'Failures by code', labels: { code: 'codes of docs/errors.md', scope: 'request = a whole request was refused, task = one task got no prediction, for a job each time it is tried; what a job gives up is in rtmpose_job_tasks' } },
  rtmpose_pictures_total: { kind: 'counter', help: 'Pictures with an estimate', labels: { source: 'networks = estimated, cache = known already' } },
  rtmpose_empty_pictures_total: { kind: 'counter', help: 'Pictures on which the networks found nobody' },
  rtmpose_people_total: { kind: 'counter', help: 'People that the networks found' },
  rtmpose_picture_seconds: { kind: 'histogram', help: 'Time of a picture by stage; total counts from its request to its people, also where they were known', labels: { stage: stages.join(', ') }, buckets: pictureSeconds },
  rtmpose_keypoint_confidence: { kind: 'histogram', help: 'Mean confidence of the points of one part of a found person, points left out counted as 0', labels: { part: 'body, feet, face, left_hand, right_hand' }, buckets: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] },
  rtmpose_downloads_total: { kind: 'counter', help: 'Pictures fetched or read', labels: { result: 'ok, failed' } },
  rtmpose_download_bytes_total: { kind: 'counter', help: 'Bytes of fetched pictures' },
  rtmpose_ready: { kind: 'gauge', help: '1 = pictures can be taken, as /ready says' },
  rtmpose_model_info: { kind: 'gauge', help: 'Always 1; the labels tell which model serves', labels: { model_version: 'model version of predictions', mode: 'MODE', device: 'what the networks run on', fallback: 'yes = the starter models stand in for those of MODE' } },
  rtmpose_model_download_bytes: { kind: 'gauge', help: 'Model files being downloaded; 0 when none are', labels: { part: 'received, total' } },
  rtmpose_workers: { kind: 'gauge', help: 'Worker threads', labels: { state: 'wanted, ready' } },
  rtmpose_worker_restarts_total: { kind: 'counter', help: 'Worker threads that ended unasked and were replaced' },
  rtmpose_queue_pictures: { kind: 'gauge', help: 'Pictures in hand', labels: { state: 'waiting, running' } },
  rtmpose_queue_oldest_seconds: { kind: 'gauge', help: 'How long the picture that has waited longest waits; 0 when none does' },
  rtmpose_predict_requests: { kind: 'gauge', help: 'Requests of /predict in hand; MAX_REQUESTS bounds them' },
  rtmpose_rate_limit_shared: { kind: 'gauge', help: 'With REDIS_URL: 1 = all replicas count the requests of a client together, 0 = Redis does not answer and each counts by itself' },
  rtmpose_cache_bytes: { kind: 'gauge', help: 'Memory of finished results, an estimate; CACHE_MB bounds it' },
  rtmpose_cache_lookups_total: { kind: 'counter', help: 'Looks into the cache of finished results', labels: { result: 'hit, miss' } },
  rtmpose_jobs: { kind: 'gauge', help: 'Remembered jobs; the same from all replicas that share a Redis', labels: { state: 'waiting, running, done, cancelled, failed' } },
  rtmpose_job_tasks: { kind: 'gauge', help: 'Tasks of the jobs that wait or run; the same from all replicas that share a Redis', labels: { state: 'total, done, failed' } },
  rtmpose_annotation_events_total: { kind: 'counter', help: 'Events of Label Studio that reached /webhook or /fit of this replica', labels: { event: 'received, created, updated, deleted, repeated, dropped, unreadable, without_project' } },
  rtmpose_container_memory_limit_bytes: { kind: 'gauge', help: 'Memory that the container may use (cgroup); missing where there is no limit' },
  rtmpose_container_memory_bytes: { kind: 'gauge', help: 'Memory that the container uses, without page cache that the kernel may take back (cgroup: its use less inactive_file)' },
  rtmpose_container_cpu_limit: { kind: 'gauge', help: 'Processor cores that the container may use (cgroup); missing where there is no limit' },
  rtmpose_container_throttled_seconds_total: { kind: 'counter', help: 'Time in which the container was held back by its limit of cores (cgroup)' }
} as const satisfies Record<string, MetricFacts>

export type MetricName = keyof typeof metricTable

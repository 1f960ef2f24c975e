/** deploy/grafana/label-studio-rtmpose.json: written from this list, since Grafana's own form repeats itself a hundred times. */

interface Panel {
  title: string
  /** Legend -> query. $interval stands for Grafana's own. */
  queries: Record<string, string>
  unit: string
  /** Counted in the 24 columns of a row. */
  width?: number
  kind?: 'timeseries' | 'stat'
  stacked?: boolean
}

const mean = (name: string, by: string) => `sum by (${by}) (rate(${name}_sum[$interval])) / sum by (${by}) (rate(${name}_count[$interval]))`
const percentile = (share: number, name: string, filter = '') => `histogram_quantile(${share}, sum by (le) (rate(${name}_bucket${filter}[$interval])))`
/** Metrics of the process, which other programs have by the same names; jobs are called differently from place to place. */
const ours = (of: 'sum' | 'max', query: string) => `${of} by (instance) (${query} and on (job, instance) rtmpose_ready)`

export const dashboardRows: ReadonlyArray<{ title: string, panels: readonly Panel[] }> = [
  {
    title: 'At a glance',
    panels: [
      { title: 'Replicas ready', kind: 'stat', width: 4, unit: 'none', queries: { ready: 'sum(rtmpose_ready)' } },
      { title: 'Pictures', kind: 'stat', width: 4, unit: 'ops', queries: { pictures: 'sum(rate(rtmpose_pictures_total[$interval]))' } },
      { title: 'Picture, 95 of 100', kind: 'stat', width: 4, unit: 's', queries: { p95: percentile(0.95, 'rtmpose_picture_seconds', '{stage="total"}') } },
      { title: 'Waiting', kind: 'stat', width: 4, unit: 'none', queries: { waiting: 'sum(rtmpose_queue_pictures{state="waiting"})' } },
      { title: 'Model', kind: 'stat', width: 8, unit: 'none', queries: { '{{model_version}} on {{device}}, fallback: {{fallback}}': 'sum by (model_version, device, fallback) (rtmpose_model_info)' } }
    ]
  },
  {
    title: 'Work',
    panels: [
      { title: 'Requests by status', unit: 'reqps', stacked: true, queries: { '{{route}} {{status}}': 'sum by (route, status) (rate(rtmpose_http_requests_total[$interval]))' } },
      { title: 'Failures by code', unit: 'ops', stacked: true, queries: { '{{scope}} {{code}}': 'sum by (scope, code) (rate(rtmpose_errors_total[$interval]))' } },
      { title: 'Pictures', unit: 'ops', stacked: true, queries: { '{{source}}': 'sum by (source) (rate(rtmpose_pictures_total[$interval]))' } },
      { title: 'Time of a picture', unit: 's', queries: { half: percentile(0.5, 'rtmpose_picture_seconds', '{stage="total"}'), '95 of 100': percentile(0.95, 'rtmpose_picture_seconds', '{stage="total"}') } },
      { title: 'Mean time by stage', unit: 's', queries: { '{{stage}}': mean('rtmpose_picture_seconds', 'stage') } },
      { title: 'Time of a request', unit: 's', queries: { '{{route}}': mean('rtmpose_http_request_seconds', 'route') } }
    ]
  },
  {
    title: 'Queue and workers',
    panels: [
      { title: 'Pictures in hand', unit: 'none', stacked: true, queries: { '{{state}}': 'sum by (state) (rtmpose_queue_pictures)' } },
      { title: 'Longest wait', unit: 's', queries: { '{{instance}}': 'max by (instance) (rtmpose_queue_oldest_seconds)' } },
      { title: 'Requests of /predict in hand', unit: 'none', queries: { '{{instance}}': 'sum by (instance) (rtmpose_predict_requests)' } },
      { title: 'Worker threads', unit: 'none', queries: { '{{state}}': 'sum by (state) (rtmpose_workers)' } },
      { title: 'Worker restarts', unit: 'none', queries: { '{{instance}}': 'sum by (instance) (increase(rtmpose_worker_restarts_total[$interval]))' } },
      { title: 'Cache', unit: 'percentunit', queries: { found: 'sum(rate(rtmpose_cache_lookups_total{result="hit"}[$interval])) / sum(rate(rtmpose_cache_lookups_total[$interval]))' } }
    ]
  },
  {
    title: 'What is found',
    panels: [
      { title: 'People on a picture', unit: 'none', queries: { mean: 'sum(rate(rtmpose_people_total[$interval])) / sum(rate(rtmpose_pictures_total{source="networks"}[$interval]))' } },
      { title: 'Pictures with nobody', unit: 'percentunit', queries: { share: 'sum(rate(rtmpose_empty_pictures_total[$interval])) / sum(rate(rtmpose_pictures_total{source="networks"}[$interval]))' } },
      { title: 'Mean confidence by part', unit: 'percentunit', queries: { '{{part}}': mean('rtmpose_keypoint_confidence', 'part') } },
      { title: 'Annotations', unit: 'none', stacked: true, queries: { '{{event}}': 'sum by (event) (increase(rtmpose_annotation_events_total[$interval]))' } },
      { title: 'Tasks of jobs', unit: 'none', queries: { '{{state}}': 'max by (state) (rtmpose_job_tasks)' } },
      { title: 'Jobs', unit: 'none', queries: { '{{state}}': 'max by (state) (rtmpose_jobs)' } }
    ]
  },
  {
    title: 'Resources',
    panels: [
      { title: 'Memory', unit: 'bytes', queries: { '{{instance}}': ours('sum', 'process_resident_memory_bytes'), '{{instance}} container': 'sum by (instance) (rtmpose_container_memory_bytes)', '{{instance}} limit': 'sum by (instance) (rtmpose_container_memory_limit_bytes)' } },
      { title: 'Processor cores', unit: 'none', queries: { '{{instance}}': ours('sum', 'rate(process_cpu_seconds_total[$interval])'), '{{instance}} limit': 'sum by (instance) (rtmpose_container_cpu_limit)' } },
      { title: 'Held back by the limit of cores', unit: 'percentunit', queries: { '{{instance}}': 'sum by (instance) (rate(rtmpose_container_throttled_seconds_total[$interval]))' } },
      { title: 'Delay of the event loop, 99 of 100', unit: 's', queries: { '{{instance}}': ours('max', 'nodejs_eventloop_lag_p99_seconds') } },
      { title: 'Fetched', unit: 'Bps', queries: { pictures: 'sum(rate(rtmpose_download_bytes_total[$interval]))' } },
      { title: 'Fetches', unit: 'ops', stacked: true, queries: { '{{result}}': 'sum by (result) (rate(rtmpose_downloads_total[$interval]))' } }
    ]
  }
]

/** As Grafana writes one of its own. */
function variable (name: string): string {
  return `$\{${name}}`
}

export function renderDashboard (): string {
  const datasource = { type: 'prometheus', uid: variable('datasource') }
  const panels: object[] = []
  let y = 0
  for (const { title, panels: row } of dashboardRows) {
    panels.push({ id: panels.length + 1, type: 'row', title, collapsed: false, gridPos: { x: 0, y, w: 24, h: 1 }, panels: [] })
    y++
    let [x, height] = [0, 0]
    for (const { title, queries, unit, width = 8, kind = 'timeseries', stacked = false } of row) {
      height = kind === 'stat' ? 4 : 8
      if (x + width > 24) {
        x = 0
        y += height
      }
      panels.push({
        id: panels.length + 1,
        type: kind,
        title,
        datasource,
        gridPos: { x, y, w: width, h: height },
        fieldConfig: { defaults: { unit, min: 0, custom: kind === 'stat' ? {} : { fillOpacity: stacked ? 30 : 0, stacking: { mode: stacked ? 'normal' : 'none' }, showPoints: 'never' } }, overrides: [] },
        options: kind === 'stat' ? { textMode: title === 'Model' ? 'name' : 'auto', reduceOptions: { calcs: ['lastNotNull'] } } : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
        targets: Object.entries(queries).map(([legend, query], index) => ({ refId: String.fromCharCode(65 + index), datasource, expr: query.replaceAll('$interval', '$__rate_interval'), legendFormat: legend }))
      })
      x += width
    }
    y += height
  }
  return `${JSON.stringify({
    uid: 'label-studio-rtmpose',
    title: 'label-studio-rtmpose',
    description: 'Written by npm run docs from scripts/render-dashboard.ts',
    tags: ['label-studio'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: { list: [{ name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' }] },
    panels
  }, null, 1)}\n`
}

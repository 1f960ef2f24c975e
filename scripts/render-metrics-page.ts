import { metricTable, type MetricFacts } from '../src/metrics/metric-table.ts'

/** docs/metrics.md */
export function renderMetricsPage (): string {
  const rows = Object.entries<MetricFacts>(metricTable).map(([name, { kind, help, labels = {} }]) => {
    const described = Object.entries(labels).map(([label, values]) => `\`${label}\`: ${values}`).join('; ')
    return `| \`${name}\` | ${kind} | ${help} | ${described} |`
  })
  return `# Metrics

Written by \`npm run docs\` from \`src/metrics/metric-table.ts\`.

\`GET /metrics\` tells [Prometheus](https://prometheus.io) how the service is doing; each replica tells of itself. It is outside the rate limit and
answers whatever the load. \`METRICS=token\` gives it only to whom \`/check\` is answered (\`API_TOKEN\`, as bearer), \`METRICS=off\` to nobody. With \`BASIC_AUTH_USER\` and
\`BASIC_AUTH_PASS\` Prometheus needs these (\`basic_auth\`) or \`API_TOKEN\`, with \`TLS_CLIENT_CA\` a certificate too
(\`deploy/prometheus/prometheus.yml\` shows the settings). Addresses of pictures, tokens and
names of projects are in none of them.

\`\`\`yaml
scrape_configs:
  - job_name: label-studio-rtmpose
    static_configs:
      - targets: ['localhost:9090']
\`\`\`

| metric | kind | meaning | labels |
|---|---|---|---|
${rows.join('\n')}

Beside them stand those of Node.js and of its process by prom-client: \`nodejs_eventloop_lag_seconds\`, \`nodejs_heap_size_used_bytes\`, \`nodejs_active_resources\`,
\`process_resident_memory_bytes\`, \`process_cpu_seconds_total\`, \`process_open_fds\` and others of these beginnings.
`
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { buildProgram } from '../factories/build-program.ts'
import { startTraceCollector } from '../factories/trace-collector.ts'

await buildProgram()

interface BuiltService {
  origin: string
  /** Lines of its log. */
  lines: Array<Record<string, unknown>>
  /** Ends it by SIGTERM. @returns exit code, and milliseconds until the end */
  stop (): Promise<{ code: number | null, ms: number }>
}

/** The service as it is installed, without models. */
async function startBuilt (t: Test, env: Record<string, string>): Promise<BuiltService> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../../dist/src/server.js', import.meta.url))], {
    env: { PATH: process.env['PATH'], HOME: t.testdir({}), HOST: '127.0.0.1', PORT: '0', WORKERS: '1', MODEL_DOWNLOAD: 'never', MODEL_FALLBACK: 'none', ...env },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => { child.kill('SIGKILL') })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => { text += piece })
  while (!text.includes('Listening on')) {
    if (child.exitCode !== null) throw new Error(text)
    await sleep(50)
  }
  const lines = () => text.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
  return {
    origin: /Listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(text)![1]!,
    get lines () { return lines() },
    async stop () {
      const ended = once(child, 'exit') as Promise<[number | null]>
      const began = performance.now()
      child.kill('SIGTERM')
      const [code] = await ended
      return { code, ms: performance.now() - began }
    }
  }
}

t.test('the built service sends its traces, also the last ones before its end, as the standard variables say', async (t) => {
  const collector = await startTraceCollector(t)
  const service = await startBuilt(t, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=poses%20team',
    OTEL_SERVICE_NAME: 'poses',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test'
  })
  t.equal((await fetch(`${service.origin}/versions`)).status, 503)
  t.strictSame(collector.spans, [], 'they are collected for five seconds')
  t.match(await service.stop(), { code: 0 })
  const [span] = collector.spans
  t.match(span, { name: 'GET /versions', hasFailed: true, facts: { 'http.response.status_code': 503, 'error.type': 'POSE_ERR_MODEL_MISSING' }, resource: { 'service.name': 'poses', 'deployment.environment.name': 'test' } })
  t.match(collector.deliveries, [{ 'x-tenant': 'poses team' }])
  t.ok(service.lines.some(({ trace, code }) => trace === span!.traceId && code === 'POSE_ERR_MODEL_MISSING'), 'its line in the log names the trace')
})

t.test('a share of the requests', async (t) => {
  const collector = await startTraceCollector(t)
  const service = await startBuilt(t, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin, OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5' })
  for (let i = 0; i < 60; i++) await fetch(`${service.origin}/label-config`)
  await service.stop()
  // Outside of this once in 10^14 runs.
  t.ok(collector.spans.length > 2 && collector.spans.length < 58, `${collector.spans.length} of 60`)
})

t.test('a collector that hangs holds up the end for seconds at most', async (t) => {
  const collector = await startTraceCollector(t)
  collector.status = null
  const service = await startBuilt(t, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin })
  t.equal((await fetch(`${service.origin}/label-config`)).status, 200)
  const { code, ms } = await service.stop()
  t.equal(code, 0)
  t.ok(ms < 9000, `${Math.round(ms)} ms`)
  t.equal(collector.deliveries.length, 1, 'it was tried')
})

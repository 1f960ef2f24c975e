import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { Agent, fetch } from 'undici'
import { dashboardRows } from '../../scripts/render-dashboard.ts'
import { readContainerLimits } from '../../src/container/container-limits.ts'
import { readContainerUse } from '../../src/container/container-use.ts'
import { makeDeployCertificates, replicaTls } from '../factories/deploy-certificates.ts'
import { lacksNginx } from '../factories/nginx.ts'
import { drawnTask } from '../factories/task.ts'
import { freePort } from '../factories/free-port.ts'
import { startFileServer } from '../factories/file-server.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { buildTestApp } from '../factories/test-app.ts'

const folder = fileURLToPath(new URL('../../deploy/prometheus/', import.meta.url))
const skip = spawnSync('promtool', ['--version']).error === undefined ? false : 'needs prometheus and promtool (Debian: the package prometheus)'
const run = promisify(execFile)

t.test('the alerts are valid and fire when they should', { skip }, async (t) => {
  await t.resolves(run('promtool', ['check', 'config', 'prometheus.yml'], { cwd: folder }))
  const { stdout } = await run('promtool', ['check', 'rules', 'alerts.yml'], { cwd: folder })
  t.match(stdout, /SUCCESS: \d+ rules found/)
  await t.resolves(run('promtool', ['test', 'rules', 'alerts.test.yml'], { cwd: folder }))
})

t.test('a service that has ended stays known as one that does not answer', { skip }, async (t) => {
  const configuration = (await readFile(join(folder, 'prometheus.yml'), 'utf8')).replace('- alerts.yml', `- ${join(folder, 'alerts.yml')}`).replace('scrape_interval: 15s', 'scrape_interval: 1s')
  // Its name is that of a container, which is not there: neither is it in DNS.
  const prometheus = await startPrometheus(t, configuration, async (origin) => await fetch(`${origin}/-/ready`).then(({ ok }) => ok, () => false))
  let up: string[] = []
  for (let tries = 0; tries < 60 && up.length === 0; tries++) {
    await sleep(500)
    up = await ask(prometheus, 'up{job="label-studio-rtmpose"}')
  }
  t.strictSame(up, ['0'], 'what RtmposeDown looks for')
})

t.test('every query of the dashboard answers with data of a real Prometheus', { skip }, async (t) => {
  const files = await startFileServer(t, { '/two.jpg': await drawPicture({ figures: [0.3, 0.7], format: 'jpeg' }) })
  const { app } = await buildTestApp(t, { env: { IMAGE_ORIGINS: files.origin, LABEL_STUDIO_URL: 'http://127.0.0.1:1', LABEL_STUDIO_API_KEY: '0123456789abcdef' } })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const prometheus = await startPrometheus(t, `
global: { scrape_interval: 1s }
scrape_configs:
  - job_name: of any name
    static_configs: [{ targets: ['127.0.0.1:${port}'] }]
`, async (origin) => await fetch(`${origin}/-/ready`).then(({ ok }) => ok, () => false))

  const over = new AbortController()
  async function makeTraffic (): Promise<void> {
    for (let round = 0; !over.signal.aborted; round++) {
      // New to the cache each time.
      const tasks = [await drawnTask(1, { figures: [], width: 300 + round }), await drawnTask(2, { figures: [0.5], width: 300 + round })]
      await app.inject({ method: 'POST', url: '/predict', payload: { tasks: [{ data: { image: `${files.origin}/two.jpg` } }, { data: { image: `${files.origin}/gone.jpg` } }, ...tasks] } })
      await app.inject({ url: '/jobs' })
      await app.inject({ method: 'POST', url: '/webhook', payload: { action: 'ANNOTATION_CREATED', project: { id: 3 }, task: { id: 1 }, annotation: { id: round, result: [] } } })
      await sleep(200)
    }
  }
  const traffic = makeTraffic()
  t.teardown(async () => {
    over.abort()
    await traffic
  })

  const [limits, use] = [readContainerLimits(), readContainerUse()]
  const untold = Object.entries({
    rtmpose_container_memory_limit_bytes: limits.memoryBytes,
    rtmpose_container_memory_bytes: use.usedMemoryBytes,
    rtmpose_container_cpu_limit: limits.cpus,
    rtmpose_container_throttled_seconds_total: use.throttledSeconds
  }).filter(([, figure]) => figure === null).map(([name]) => name)
  const queries = dashboardRows.flatMap(({ panels }) => panels).flatMap(({ title, queries }) => Object.values(queries).map((query) => ({ title, query })))
    // Where the kernel tells nothing of the container, or sets it no limit, there is nothing to show.
    .filter(({ query }) => untold.every((name) => !query.includes(name)))
  t.ok(queries.length > 20)
  const missing = new Map(queries.map(({ title, query }) => [`${title}: ${query}`, query]))
  for (let tries = 0; tries < 120 && missing.size > 0; tries++) {
    for (const [name, query] of missing) {
      const values = await ask(prometheus, query.replaceAll('$interval', '15s'))
      if (values.length > 0 && values.every((value) => value !== 'NaN')) missing.delete(name)
    }
    await sleep(500)
  }
  t.strictSame([...missing.keys()], [])
})

t.test('Prometheus of the production file reads replicas that want its certificate, a token and a password', { skip: skip || lacksNginx() }, async (t) => {
  const dir = t.testdir({})
  await makeDeployCertificates(dir)
  const [token, tokenFile] = ['a-token-of-16-chars', join(dir, 'api-token')]
  const { app } = await buildTestApp(t, { models: false, start: false, env: { ...replicaTls(dir), METRICS: 'token', API_TOKEN: token, BASIC_AUTH_USER: 'label-studio', BASIC_AUTH_PASS: 'another-secret' } })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  // Paths, targets and the pause are exchanged, nothing else.
  const at = (text: string) => text.replaceAll('/certificates/', `${dir}/certificates/prometheus/`).replace('- alerts.yml', `- ${join(folder, 'alerts.yml')}`).replace('/tmp/api-token', tokenFile)
    .replace(/targets: .*/, `targets: ['127.0.0.1:${port}']`).replace('scrape_interval: 15s', 'scrape_interval: 1s')
  const [configuration, web, ca] = await Promise.all([join(folder, 'production.yml'), join(folder, 'web.yml'), join(dir, 'certificates/trust/authority.pem')].map((path) => readFile(path, 'utf8')))
  const file = join(dir, 'production.yml')
  await writeFile(file, at(configuration!))
  const prometheus = await startPrometheus(t, at(configuration!), async (origin) => (await ask(origin, 'vector(1)', ca).catch(() => [])).length > 0, { web: at(web!), token, tokenFile })
  // Looks for the file of the token too.
  await t.resolves(run('promtool', ['check', 'config', file]))
  let up: string[] = []
  for (let tries = 0; tries < 60 && up[0] !== '1'; tries++) {
    await sleep(500)
    up = await ask(prometheus, 'up{job="label-studio-rtmpose"}', ca)
  }
  t.strictSame(up, ['1'])
})

async function ask (origin: string, query: string, ca?: string): Promise<string[]> {
  const dispatcher = ca === undefined ? undefined : new Agent({ connect: { ca } })
  const answer = await fetch(`${origin}/api/v1/query?${new URLSearchParams({ query }).toString()}`, { ...(dispatcher && { dispatcher }) })
  const { status, data, error } = await answer.json() as { status: string, error?: string, data: { result: Array<{ value: [number, string] }> } }
  if (status !== 'success') throw new Error(`${query}: ${error}`)
  return data.result.map(({ value }) => value[1])
}

/**
 * @param production what only the production file has; it is then started as there
 * @returns its address
 */
async function startPrometheus (t: Test, configuration: string, isReady: (origin: string) => Promise<boolean>, production?: { web: string, token: string, tokenFile: string }): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'prometheus-test-'))
  await mkdir(join(dir, 'data'))
  await writeFile(join(dir, 'prometheus.yml'), configuration)
  if (production !== undefined) await writeFile(join(dir, 'web.yml'), production.web)
  const own = await freePort()
  const [program, first, token] = production === undefined ? ['prometheus', [], {}] : ['sh', [join(folder, 'start.sh'), production.tokenFile], { API_TOKEN: production.token }] as const
  const child = spawn(program, [...first, `--config.file=${join(dir, 'prometheus.yml')}`, `--storage.tsdb.path=${join(dir, 'data')}`, `--web.listen-address=127.0.0.1:${own}`, '--log.level=error', ...(production === undefined ? [] : [`--web.config.file=${join(dir, 'web.yml')}`])], { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...token } })
  const ended = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGTERM')
    await ended
    await rm(dir, { recursive: true })
  })
  const origin = `${production === undefined ? 'http' : 'https'}://localhost:${own}`
  for (let tries = 0; tries < 100; tries++) {
    if (await isReady(origin)) return origin
    await sleep(100)
  }
  throw new Error('Prometheus did not start')
}

/** deploy/kubernetes put together by kubectl, against the schemas of Kubernetes and against each other. No cluster is asked. */
import { execFile, spawnSync } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { loadConfig, variables } from '../../src/config.ts'
import { metricTable, type MetricName } from '../../src/metrics/metric-table.ts'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('../../deploy/kubernetes/', import.meta.url))
const programs = ['kubectl', 'kubernetes-validate'].filter((name) => spawnSync(name, ['--help']).error !== undefined)
const skip = programs.length > 0 && `needs ${programs.join(' and ')} (PyPI: test/deploy/requirements.txt)`

interface Probe { httpGet: { path: string, port: string, scheme?: string } }
interface Container {
  image: string
  ports: Array<{ name: string, containerPort: number }>
  envFrom: Array<{ configMapRef?: { name: string }, secretRef?: { name: string } }>
  resources: { requests: Record<string, string>, limits: Record<string, string | number> }
  securityContext: object
  startupProbe: Probe
  livenessProbe: Probe
  readinessProbe: Probe
  volumeMounts: Array<{ name: string, mountPath: string }>
}
interface Pod {
  automountServiceAccountToken: boolean
  securityContext: object
  terminationGracePeriodSeconds: number
  topologySpreadConstraints: Array<{ topologyKey: string, labelSelector: { matchLabels: Labels } }>
  containers: [Container]
  volumes: Array<{ name: string, persistentVolumeClaim?: { claimName: string }, emptyDir?: object, secret?: object }>
}
type Labels = Record<string, string>
interface Resource { kind: string, metadata: { name: string }, spec: Record<string, unknown>, data?: Record<string, string> }
interface Deployed {
  deployment: { metadata: { name: string }, spec: { replicas?: number, selector: { matchLabels: Labels }, template: { metadata: { labels: Labels, annotations: Labels }, spec: Pod } } }
  of <T>(kind: string): { metadata: { name: string }, spec: T, data?: Record<string, string> }
  kinds: string[]
}

/** @param path of a folder with a kustomization */
async function putTogether (t: Test, path: string): Promise<Deployed> {
  const { stdout } = await run('kubectl', ['kustomize', path])
  await t.resolves(validate(t, stdout), `${path} fits the schemas`)
  const resources = parseAllDocuments(stdout).map((document) => document.toJS() as Resource)
  const of = (kind: string) => {
    const found = resources.filter((resource) => resource.kind === kind)
    if (found.length !== 1) throw new Error(`${found.length} of ${kind}`)
    return found[0]
  }
  return { of, deployment: of('Deployment'), kinds: resources.map(({ kind }) => kind).sort() } as unknown as Deployed
}

/** Of the newest and of an older release. @throws what does not fit, properties that are not known among it */
async function validate (t: Test, text: string): Promise<void> {
  const file = join(await mkdtemp(join(tmpdir(), 'kubernetes-test-')), 'resources.yaml')
  t.teardown(() => rm(dirname(file), { recursive: true }))
  await writeFile(file, text)
  for (const release of ['1.31.0', '1.37.0']) await run('kubernetes-validate', ['--strict', '-k', release, file])
}

t.test('what is wrong is found', { skip }, async (t) => {
  const { stdout } = await run('kubectl', ['kustomize', join(folder, 'overlays/cpu')])
  await t.rejects(validate(t, stdout.replace('readOnlyRootFilesystem: true', 'readOnlyRootFileSystem: true')), 'a name that is written wrong')
  await t.rejects(validate(t, stdout.replace('maxReplicas: 10', 'maxReplicas: ten')))
})

for (const overlay of ['cpu', 'gpu']) {
  t.test(`overlay ${overlay}`, { skip }, async (t) => {
    const { deployment, of, kinds } = await putTogether(t, join(folder, 'overlays', overlay))
    t.strictSame(kinds, ['ConfigMap', 'Deployment', 'HorizontalPodAutoscaler', 'NetworkPolicy', 'PersistentVolumeClaim', 'PodDisruptionBudget', 'Service'])
    const { spec: pod, metadata } = deployment.spec.template
    const [container] = pod.containers
    const labels = { 'app.kubernetes.io/name': 'label-studio-rtmpose' }

    t.strictSame(metadata.labels, labels)
    t.strictSame(deployment.spec.selector.matchLabels, labels)
    t.strictSame(of<{ selector: Labels }>('Service').spec.selector, labels)
    // An empty selector is valid and means every pod of the namespace.
    t.strictSame(of<{ selector: object }>('PodDisruptionBudget').spec.selector, { matchLabels: labels })
    t.strictSame(of<{ podSelector: object }>('NetworkPolicy').spec.podSelector, { matchLabels: labels })
    for (const { labelSelector } of pod.topologySpreadConstraints) t.strictSame(labelSelector.matchLabels, labels)
    t.strictSame(pod.topologySpreadConstraints.map(({ topologyKey }) => topologyKey), ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'])

    t.match(pod.securityContext, { runAsNonRoot: true, runAsUser: 1001, fsGroup: 1001, seccompProfile: { type: 'RuntimeDefault' } })
    t.strictSame(container.securityContext, { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } })
    t.equal(pod.automountServiceAccountToken, false)
    t.equal(container.image, `label-studio-rtmpose:${overlay === 'gpu' ? 'cuda' : 'cpu'}`)
    t.equal(container.resources.limits['nvidia.com/gpu'], overlay === 'gpu' ? 1 : undefined)
    t.match(container.resources, { requests: { cpu: '2', memory: '2Gi' }, limits: { cpu: '2', memory: '4Gi' } })

    const { closeDelayMs, requestBudgetMs } = loadConfig(of('ConfigMap').data)
    t.ok(closeDelayMs >= 5000, 'requests are taken until the Service knows')
    // src/serve.ts gives accepted requests their budget and half a minute more.
    t.ok(pod.terminationGracePeriodSeconds * 1000 > closeDelayMs + requestBudgetMs + 30_000, 'killed only after the service has had time to drain')
    t.strictSame([container.startupProbe, container.livenessProbe, container.readinessProbe].map(({ httpGet }) => httpGet.path), ['/live', '/live', '/ready'])
    t.match(container.ports, [{ name: 'http', containerPort: 9090 }])
    t.match(metadata.annotations, { 'prometheus.io/port': '9090', 'prometheus.io/path': '/metrics' })

    const settings = of('ConfigMap')
    t.strictSame(container.envFrom, [{ configMapRef: { name: settings.metadata.name } }, { secretRef: { name: 'label-studio-rtmpose' } }])
    t.doesNotThrow(() => loadConfig(settings.data))
    for (const name of Object.keys(settings.data!)) t.ok(name in variables && !variables[name]!.secret, `${name} is a setting, and no secret`)
    t.equal(settings.data!['DEVICE'], overlay === 'gpu' ? 'cuda' : undefined)
    t.strictSame(pod.volumes.map(({ name }) => name).sort(), container.volumeMounts.map(({ name }) => name).sort())
    t.equal(pod.volumes.find(({ name }) => name === 'models')?.persistentVolumeClaim?.claimName, of('PersistentVolumeClaim').metadata.name)

    const scaled = of<{ scaleTargetRef: object, minReplicas: number, maxReplicas: number, metrics: [{ pods: { metric: { name: string } } }] }>('HorizontalPodAutoscaler').spec
    t.match(scaled.scaleTargetRef, { apiVersion: 'apps/v1', kind: 'Deployment', name: deployment.metadata.name })
    t.ok(scaled.minReplicas <= scaled.maxReplicas)
    t.equal(deployment.spec.replicas, undefined, 'set by the autoscaler')
    t.equal(scaled.metrics[0].pods.metric.name, (await readRule()).name.as)
  })
}

t.test('components', { skip }, async (t) => {
  const dir = t.testdir({})
  await cp(folder, dir, { recursive: true })
  // As the overlay tells its reader to.
  const overlay = join(dir, 'overlays/cpu/kustomization.yaml')
  const text = await readFile(overlay, 'utf8')
  const use = async (name: string) => {
    await writeFile(overlay, text.replace('# components:', 'components:').replace(`#   - ../../components/${name}`, `  - ../../components/${name}`))
    return await putTogether(t, join(dir, 'overlays/cpu'))
  }
  const { deployment: encrypted, of } = await use('tls')
  const [container] = encrypted.spec.template.spec.containers
  for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) t.match(probe.httpGet, { scheme: 'HTTPS', port: 'http' })
  t.match(loadConfig(of('ConfigMap').data).tls, { cert: '/certificates/tls.crt', key: '/certificates/tls.key' })
  t.match(container.volumeMounts, [{ mountPath: '/certificates', readOnly: true }])

  const { deployment: alone, kinds } = await use('model-cache-per-pod')
  t.notOk(kinds.includes('PersistentVolumeClaim'))
  t.strictSame(alone.spec.template.spec.volumes.find(({ name }) => name === 'models'), { name: 'models', emptyDir: { sizeLimit: '4Gi' } })
})

t.test('the examples of the network policy, as their reader uncomments them', { skip }, async (t) => {
  const dir = t.testdir({})
  await cp(folder, dir, { recursive: true })
  const file = join(dir, 'base/network-policy.yaml')
  const text = await readFile(file, 'utf8')
  const portsOf = async () => (await putTogether(t, join(dir, 'overlays/cpu'))).of<{ egress: Array<{ ports?: Array<{ port: number }> }> }>('NetworkPolicy').spec.egress.flatMap(({ ports = [] }) => ports.map(({ port }) => port))
  const before = await portsOf()
  // Lines of a rule, not those that explain it.
  await writeFile(file, text.replace(/^( +)# (- to:| {2,}\S)/gm, '$1$2'))
  t.strictSame((await portsOf()).filter((port) => port !== 80).sort((a, b) => a - b), [...before.filter((port) => port !== 80), 4318, 9000, 443].sort((a, b) => a - b), 'a collector of traces, a store in the cluster, a private endpoint')
})

interface Rule { seriesQuery: string, metricsQuery: string, name: { matches: string, as: string } }

async function readRule (): Promise<Rule> {
  const { rules } = parse(await readFile(join(folder, 'prometheus-adapter/values.yaml'), 'utf8')) as { rules: { custom: [Rule] } }
  return rules.custom[0]
}

t.test('the rule of the adapter asks for a metric that there is', async (t) => {
  const { seriesQuery, metricsQuery, name } = await readRule()
  const metric = 'rtmpose_queue_pictures' satisfies MetricName
  t.ok(seriesQuery.startsWith(`${metric}{state="waiting"`))
  t.match(metricTable[metric].labels.state, /waiting/)
  t.match(metric, new RegExp(name.matches))
  const query = metricsQuery.replace('<<.Series>>', metric).replace('<<.LabelMatchers>>', 'namespace="n",pod=~"a|b"').replace('<<.GroupBy>>', 'pod')
  t.equal(query, 'sum(avg_over_time(rtmpose_queue_pictures{state="waiting",namespace="n",pod=~"a|b"}[1m])) by (pod)')
  if (spawnSync('promtool', ['--version']).error !== undefined) { t.comment('promtool is not here'); return }
  const file = join(t.testdir({}), 'rules.yml')
  await writeFile(file, JSON.stringify({ groups: [{ name: 'adapter', rules: [{ record: name.as, expr: query }] }] }))
  await t.resolves(run('promtool', ['check', 'rules', file]))
})

t.test('the example of the Secret holds secrets of the service', async (t) => {
  const { stringData, metadata } = parse(await readFile(join(folder, 'secret.example.yaml'), 'utf8')) as { stringData: Record<string, string>, metadata: { name: string } }
  t.equal(metadata.name, 'label-studio-rtmpose')
  for (const name of Object.keys(stringData)) t.ok(variables[name]?.secret, name)
})

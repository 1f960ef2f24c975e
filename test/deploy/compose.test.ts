/** docker-compose.prod.yml: what each container may do, who reaches whom, and whether its files fit each other. */
import { readFileSync } from 'node:fs'
import { BlockList } from 'node:net'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { parse } from 'yaml'
import { modes, type Mode } from '../../models/modes.ts'
import { loadConfig, variables } from '../../src/config.ts'
import { allDerived, planMemory } from '../../src/container/plan-memory.ts'

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')

interface Service {
  image?: string
  user?: string
  extends?: { file: string, service: string }
  read_only?: boolean
  cap_drop?: string[]
  security_opt?: string[]
  logging?: { options: Record<string, string> }
  mem_limit?: string
  cpus?: number
  pids_limit?: number
  restart?: string
  stop_grace_period?: string
  network_mode?: string
  networks?: Record<string, { ipv4_address?: string, aliases?: string[] } | null>
  ports?: string[]
  volumes?: string[]
  environment?: Record<string, string | null>
  entrypoint?: string[]
  tmpfs?: string[]
  profiles?: string[]
  healthcheck?: object
  deploy?: { resources: { reservations: { devices: object[] } } }
}
interface File { services: Record<string, Service>, networks?: Record<string, { internal?: boolean, ipam?: { config: [{ subnet: string, ip_range: string }] } } | null>, volumes?: object }

const load = (path: string) => parse(read(path), { merge: true }) as File
const production = load('docker-compose.prod.yml')
/** As Compose puts them together. */
const services = Object.fromEntries(Object.entries(production.services).map(([name, service]) => {
  const base = service.extends === undefined ? {} : load(service.extends.file).services[service.extends.service]!
  return [name, { ...base, ...service, environment: { ...base.environment, ...service.environment }, volumes: [...base.volumes ?? [], ...service.volumes ?? []] }]
})) as Record<string, Service>
const replicas = ['ml-backend-1', 'ml-backend-2', 'ml-backend-3']
const at = (name: string) => services[name]!.networks!['poses']!.ipv4_address!

t.test('no container may do more than it must', async (t) => {
  for (const [name, service] of Object.entries(services)) {
    t.strictSame(service.cap_drop, ['ALL'], name)
    t.strictSame(service.security_opt, ['no-new-privileges:true'], name)
    t.match(service.logging?.options, { 'max-size': /m$/, 'max-file': /^\d+$/ }, `${name}: logs have an end`)
    t.ok(service.mem_limit && service.cpus && service.pids_limit, `${name}: limits`)
    t.equal(service.restart, 'unless-stopped', name)
    t.match(service.image, /^[a-z/-]+:v?[\w.]+$/, `${name}: an image of a known version`)
    t.not(service.image!.split(':')[1], 'latest')
    // Of Label Studio it is not known where it writes.
    if (name !== 'label-studio') t.equal(service.read_only, true, `${name}: nothing of its own changes`)
    for (const port of service.ports ?? []) t.match(port, /^(\$\{\w+:-)?127\.0\.0\.1:/, `${name}: for this machine alone unless told`)
  }
  t.strictSame(Object.entries(services).filter(([, { user, image }]) => user === undefined && !/^(label-studio-rtmpose|heartexlabs)/.test(image!)).map(([name]) => name), ['certificates'], 'root only where keys get their owners')
  t.match(services['certificates'], { network_mode: 'none', cap_add: ['CHOWN'] })
})

t.test('three replicas, alike', async (t) => {
  t.strictSame(Object.keys(services).filter((name) => name.startsWith('ml-backend')), replicas)
  for (const name of replicas) {
    const { environment, mem_limit: memory, cpus, stop_grace_period: grace, volumes, ports } = services[name]!
    t.match({ memory, cpus }, { memory: '4g', cpus: 2 }, name)
    t.equal(ports, undefined, `${name}: through the balancer alone`)
    // src/serve.ts gives accepted requests their budget and half a minute more.
    t.ok(Number.parseInt(grace!) * 1000 > loadConfig({}).requestBudgetMs + 30_000)
    const expected = [...Object.keys(variables).filter((variable) => !['HOST', 'PORT', 'MODEL_DIR'].includes(variable)), 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'NODE_EXTRA_CA_CERTS',
      'OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_SERVICE_NAME', 'OTEL_RESOURCE_ATTRIBUTES', 'OTEL_TRACES_SAMPLER', 'OTEL_TRACES_SAMPLER_ARG']
    t.strictSame(Object.keys(environment!).sort(), expected.sort(), 'every setting of .env reaches it')
    t.ok(['.env.example', 'docs/configuration.md'].every((page) => read(page).includes('but for HOST, PORT and MODEL_DIR,')), 'which pages say of the others')
    t.ok(volumes!.includes('label-studio-data:/label-studio/data:ro'))
    t.ok(volumes!.includes('model-cache:/app/models'), 'docs/deployment.md carries models there')
    t.match(environment, { LABEL_STUDIO_URL: /^https:/, REDIS_URL: /^rediss:.*@redis\.internal:6379$/, TRUST_PROXY: at('balancer') })
    t.doesNotThrow(() => loadConfig({ ...Object.fromEntries(Object.entries(environment!).filter(([, value]) => value !== null)), API_TOKEN: '0123456789abcdef', REDIS_URL: 'rediss://:x@redis.internal:6379' } as NodeJS.ProcessEnv))
  }
  const cuda = load('docker-compose.prod.cuda.yml').services
  t.strictSame(Object.keys(cuda), replicas)
  for (const { image, deploy } of Object.values(cuda)) {
    t.equal(image, 'label-studio-rtmpose:cuda')
    t.match(deploy!.resources.reservations.devices, [{ driver: 'nvidia', capabilities: ['gpu'] }])
  }
})

t.test('nobody speaks in the clear', async (t) => {
  // Every address of another container.
  const addresses = [...read('docker-compose.prod.yml').matchAll(/\b([a-z]+):\/\/[^\s'/]*/g), ...read('deploy/grafana/provisioning/datasources/prometheus.yml').matchAll(/\b([a-z]+):\/\/[^\s'/]*/g)].map(([, scheme]) => scheme)
  t.ok(addresses.length >= 5)
  for (const scheme of addresses) t.ok(['https', 'rediss'].includes(scheme!), String(scheme))
  t.match(read('deploy/prometheus/production.yml'), /^ {4}scheme: https$/m)
  t.match(read('deploy/redis/redis.conf'), /^port 0$/m)
  for (const part of ['balancer', 'label-studio']) t.match(read(`deploy/nginx/${part}/listen.conf`), /^listen \d+ ssl;$/m)
  t.equal(services['label-studio']!.network_mode, 'service:label-studio-front')
  t.match(read('deploy/nginx/label-studio/server.conf'), /^server 127\.0\.0\.1:8080;$/m)
})

t.test('addresses and names', async (t) => {
  const { subnet, ip_range: upper } = production.networks!['poses']!.ipam!.config[0]
  const isIn = (range: string, address: string) => {
    const list = new BlockList()
    list.addSubnet(range.split('/')[0]!, Number(range.split('/')[1]))
    return list.check(address)
  }
  for (const name of [...replicas, 'balancer', 'label-studio-front']) t.ok(isIn(subnet, at(name)) && !isIn(upper, at(name)), `${name} is in ${subnet}, and not where others get theirs`)
  t.strictSame([...read('deploy/nginx/balancer/replicas.conf').matchAll(/^server ([\d.]+):9090 /gm)].map(([, address]) => address), replicas.map(at), 'the balancer knows the replicas')
  t.match(read('deploy/prometheus/production.yml'), `targets: [${replicas.map((name) => `${name}:9090`).join(', ')}]`)
  t.match(services['balancer']!.networks!['poses'], { aliases: ['ml-backend.internal'] }, 'with a dot, or Label Studio makes no webhook')
  const script = read('deploy/certificates/make.sh')
  for (const { networks } of Object.values(services)) {
    for (const alias of Object.values(networks ?? {}).flatMap((entry) => entry?.aliases ?? [])) t.match(script, alias, `${alias} is in a certificate`)
  }
  t.ok(production.networks!['jobs']!.internal)
  t.strictSame(Object.entries(services).filter(([, { networks }]) => networks !== undefined && 'jobs' in networks).map(([name]) => name), [...replicas, 'redis'], 'who reaches Redis')
})

t.test('Label Studio asks the balancer, and no other private address', async (t) => {
  const { environment } = services['label-studio']!
  t.match(environment, { ML_BLOCK_LOCAL_IP: 'true', SSRF_PROTECTION_ENABLED: 'true', USE_DEFAULT_BANNED_SUBNETS: 'false', REQUESTS_CA_BUNDLE: '/certificates/bundle.pem' })
  const banned = new BlockList()
  const ranges = environment!['USER_ADDITIONAL_BANNED_SUBNETS']!.split(',').map((range) => range.split('/') as [string, string])
  // Those of IPv6 stand there too; here one of them would count for IPv4 as well, which to Label Studio it does not.
  for (const [address, bits] of ranges.filter(([one]) => !one.includes(':'))) banned.addSubnet(address, Number(bits))
  t.notOk(banned.check(at('balancer')))
  for (const address of ['172.16.0.1', '172.17.0.1', '172.29.83.255', '172.29.85.0', '172.31.255.255', '10.1.1.1', '192.168.0.1', '169.254.169.254', '127.0.0.1']) t.ok(banned.check(address), `${address} stays refused`)
  for (const address of ['172.15.255.255', '172.32.0.0', '8.8.8.8']) t.notOk(banned.check(address), `${address} is a public one`)
})

t.test('secrets are asked for, and each key has one reader', async (t) => {
  const text = read('docker-compose.prod.yml')
  for (const name of ['SECRET_KEY', 'API_TOKEN', 'REDIS_PASSWORD']) t.match(text, `\${${name}:?`)
  // Prometheus gets its token into a file that goes with the container.
  const { environment, entrypoint, tmpfs } = services['prometheus']!
  const tokenFile = /credentials_file: (.*)/.exec(read('deploy/prometheus/production.yml'))![1]!
  t.match(environment, { API_TOKEN: /^\$\{API_TOKEN:\?/ })
  t.strictSame([entrypoint!.at(-1), tmpfs!.some((folder) => tokenFile.startsWith(`${folder}/`))], [tokenFile, true])
  const readers = (volume: string) => Object.entries(services).filter(([, { volumes }]) => volumes!.some((one) => one.startsWith(`${volume}:`))).map(([name]) => name).sort()
  t.strictSame(readers('authority'), ['certificates'])
  t.strictSame(readers('balancer-certificates'), ['balancer', 'certificates'])
  t.strictSame(readers('redis-certificates'), ['certificates', 'redis'])
  t.strictSame(readers('label-studio-certificates'), ['certificates', 'label-studio-front'])
  t.strictSame(readers('replica-certificates'), ['certificates', ...replicas])
  for (const [name, { volumes }] of Object.entries(services)) {
    if (name !== 'certificates') for (const volume of volumes!.filter((one) => /certificates|trust/.test(one))) t.match(volume, /:ro$/, name)
  }
  const declared = Object.keys(production.volumes!)
  for (const { volumes } of Object.values(services)) for (const volume of volumes!.filter((one) => !one.startsWith('.'))) t.ok(declared.includes(volume.split(':')[0]!), volume)
})

t.test('the balancer lets through what a replica takes in every mode, and the page says how much that is', async (t) => {
  const limits = [...read('deploy/nginx/balancer/nginx.conf').matchAll(/client_max_body_size (\d+)m;/g)].map(([, megabytes]) => Number(megabytes)).filter((megabytes) => megabytes > 1)
  t.equal(new Set(limits).size, 1, 'tasks and events have the same')
  const { mem_limit: memory, cpus } = services['ml-backend-1']!
  const machine = { memoryBytes: parseInt(memory!) * 2 ** 30, cores: cpus!, isContainer: true }
  const bodies = new Map((Object.keys(modes) as Mode[]).map((mode) => [mode, planMemory(allDerived, { mode, areOwn: false, isMapped: true, hasCopies: false }, machine).maxBodyMB]))
  for (const [mode, megabytes] of bodies) t.ok(megabytes >= limits[0]!, `${mode}: ${megabytes} MB`)
  t.match(read('docs/deployment.md').replace(/\s+/g, ' '), `up to ${limits[0]} MB pass, which a replica of ${parseInt(memory!)} GB takes in every mode`)
})

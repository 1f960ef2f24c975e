import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { loadConfig, EnvironmentSchema } from '../src/config.ts'
import { checkTable } from '../src/check/check-sentences.ts'
import { errorTable } from '../src/errors.ts'
import { labelStudioSentences, labelStudioSigns } from '../scripts/label-studio-sentences.ts'
import { renderDocs } from '../scripts/render-docs.ts'
import { setup } from '../src/cli/setup.ts'
import { labelConfigPreset, presetNames } from '../src/label-studio/label-config-preset.ts'
import { buildTestApp } from './factories/test-app.ts'

const root = new URL('../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')
const variables = Object.keys(EnvironmentSchema.properties)

t.test('the generated documents are current', async (t) => {
  for (const [path, text] of renderDocs()) {
    t.ok(existsSync(new URL(path, root)) && read(path) === text, `${path} is what npm run docs writes`)
  }
})

t.test('every sentence that has a remedy is in the troubleshooting page', async (t) => {
  const page = read('docs/troubleshooting.md')
  const inPage = (text: string) => text.replaceAll('%s', '…').replaceAll('|', '\\|').replaceAll('<', '&lt;')
  for (const [name, [, sentence]] of Object.entries(errorTable)) t.ok(page.includes(inPage(sentence.split('(%s). ')[0]!)), name)
  for (const [name, [, , sentence, remedy]] of Object.entries(checkTable)) {
    // A bare detail is a sentence of the other tables.
    if (remedy !== null && sentence !== '%s') t.ok(page.includes(`${inPage(sentence)} | ${inPage(remedy)} |`), name)
  }
  for (const [name, { says }] of Object.entries({ ...labelStudioSentences, ...labelStudioSigns })) t.ok(page.includes(`### ${says}\n`), name)
})

t.test('.env.example with everything switched on is the default configuration', async (t) => {
  const env: Record<string, string> = {}
  for (const [, name, value] of read('.env.example').matchAll(/^#([A-Z_]+)=(.*)$/gm)) env[name!] = value!
  t.strictSame(Object.keys(env), variables, 'every variable, in the order of the schema')
  t.strictSame(loadConfig(env), loadConfig({}))
})

t.test('tasks', async (t) => {
  const makefile = read('Makefile')
  const targets = [...makefile.matchAll(/^([a-z-]+):.*## /gm)].map((match) => match[1]!)
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }

  for (const file of ['README.md', 'CONTRIBUTING.md', '.github/workflows/ci.yml', '.github/workflows/release.yml', '.ci/run', '.env.example', 'CHANGELOG.md', 'bench/README.md']) {
    const text = read(file)
    for (const name of namedTasks(text, /\bmake ([a-z][a-z-]+)/g)) t.ok(targets.includes(name), `make ${name} of ${file} exists`)
    for (const name of namedTasks(text, /\bnpm run (?:--silent )?([a-z][a-z:-]+)/g)) t.ok(name in scripts, `npm run ${name} of ${file} exists`)
  }
  for (const target of targets) {
    // npm has help, test and the installation of its own.
    if (!['help', 'dev-install'].includes(target)) t.ok(target in scripts, `make ${target} has its npm script`)
  }
})

/** Names behind `make` or `npm run` inside code: running text says "make sure" too. */
function namedTasks (text: string, pattern: RegExp): Set<string> {
  const code = [...text.matchAll(/```sh\n(.*?)```|`([^`\n]+)`|^ *(?:- run:|step|timeout|"?make).*$/gms)].map((match) => match[0]).join('\n')
  return new Set([...code.matchAll(pattern)].map((match) => match[1]!))
}

t.test('the README names the routes there are', async (t) => {
  const { app } = await buildTestApp(t, { models: false })
  const { paths } = (await app.inject('/openapi.json')).json() as { paths: Record<string, Record<string, unknown>> }
  const routes = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
  const [api = ''] = /## API\n.*?\n## /s.exec(read('README.md')) ?? []
  const named = [...api.matchAll(/`((?:GET|POST) \/[a-z{}/-]*)[^`]*`/g)].map((match) => match[1]!)
  t.strictSame(named.sort(), routes.sort())
  for (const page of ['/docs', '/openapi.json']) t.equal((await app.inject(page)).statusCode, 200, `${page} is there`)
})

t.test('the page about connecting names the presets and options there are', async (t) => {
  const page = read('docs/connecting.md')
  const presets = [...page.matchAll(/^\| `([a-z]+[0-9]*)` \|/gm)].map((match) => match[1]!)
  t.strictSame(presets, [...presetNames])
  t.match(page, 'preset=wholebody133')
  t.match(labelConfigPreset('skeleton'), 'VectorLabels', 'the skeleton is drawn as lines')
  const options = [...page.matchAll(/^\| `--([a-z-]+)` \|/gm)].map((match) => match[1]!)
  t.strictSame(options.sort(), [...setup.usage.matchAll(/--([a-z-]+)/g)].map((match) => match[1]!).sort())
})

t.test('every dependency has its reason', async (t) => {
  const [own, apart] = read('docs/decisions/dependencies.md').split('## Apart from the project') as [string, string]
  const namedIn = (text: string) => new Set([...text.matchAll(/^\| (`.*?) \|/gm)].flatMap((match) => [...match[1]!.matchAll(/`([^`]+)`/g)].map((name) => name[1]!)))
  const packagesOf = (file: string) => {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(read(file)) as Partial<Record<'dependencies' | 'devDependencies', Record<string, string>>>
    return Object.keys({ ...dependencies, ...devDependencies })
  }
  t.strictSame([...namedIn(own)].sort(), packagesOf('package.json').sort())

  const python = ['test/client/requirements.txt', 'test/deploy/requirements.txt', 'models/quantization/requirements.txt']
    .flatMap((file) => [...read(file).matchAll(/^([\w.-]+)==/gm)].map((match) => match[1]!))
  for (const name of [...packagesOf('test/client/package.json'), ...python]) t.ok(namedIn(apart).has(name), name)
})

t.test('the Compose file fits the service', async (t) => {
  const compose = read('docker-compose.yml')
  const common = read('deploy/compose/services.yml')
  const partOf = (text: string) => text.slice(text.indexOf('  ml-backend:')).split('\nnetworks:')[0]!
  const backend = partOf(common) + partOf(compose)

  const given = [...backend.matchAll(/^ {6}([A-Z_]+):/gm)].map((match) => match[1]!)
  // Host, port and model folder belong to the image.
  const expected = variables.filter((name) => !['HOST', 'PORT', 'MODEL_DIR'].includes(name))
  // Read by the HTTP client and by the SDK of OpenTelemetry themselves.
  expected.push('HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_SERVICE_NAME', 'OTEL_RESOURCE_ATTRIBUTES', 'OTEL_TRACES_SAMPLER', 'OTEL_TRACES_SAMPLER_ARG')
  t.strictSame(given.sort(), expected.sort(), 'every setting of .env reaches the container')

  const grace = Number(/stop_grace_period: (\d+)s/.exec(backend)?.[1])
  // src/serve.ts gives accepted requests their budget and half a minute more.
  t.ok(grace * 1000 > loadConfig({}).requestBudgetMs + 30_000, 'the container is killed after the service has had time to drain')
  t.match(backend, /aliases:\n(?: +#.*\n)* +- [a-z-]+\.[a-z]+\n/, 'Label Studio makes webhooks only for host names with a dot')
  t.match(backend, /label-studio-data:\/label-studio\/data:ro/, 'pictures are never written')
  t.match(backend, /DATA_DIR: \/label-studio\/data\n/)
  t.match(backend, /'127\.0\.0\.1:9090:9090'/, 'there is no login, so the port stays on the loopback address')
  for (const text of [compose, common, read('docker-compose.prod.yml')]) t.notMatch(text, /^name:|start_interval|^version:/m, 'docker-compose 1.29 and the plugin both read it')
})

t.test('Label Studio reaches the backend, and its protection stays on', async (t) => {
  const compose = read('deploy/compose/services.yml')
  t.match(compose, /ML_BLOCK_LOCAL_IP: 'true'\n +SSRF_PROTECTION_ENABLED: 'true'\n +USE_DEFAULT_BANNED_SUBNETS: 'false'/)
  const banned = /USER_ADDITIONAL_BANNED_SUBNETS: (\S+)/.exec(compose)?.[1]?.split(',') ?? []
  for (const range of ['127.0.0.0/8', '169.254.0.0/16', '10.0.0.0/8', '::1/128']) t.ok(banned.includes(range), `${range} stays refused`)
  t.notOk(banned.some((range) => range.startsWith('172.')), 'the networks of Docker are allowed')
})

t.test('the images fit the service', async (t) => {
  const dockerfile = read('Dockerfile')
  const images = [...dockerfile.matchAll(/^FROM \S+ AS (\S+)$/gm)].map((match) => match[1]!)
  t.equal(images.at(-1), 'cpu', 'the default image needs no graphics card')
  for (const image of ['cpu', 'cuda']) {
    const stage = dockerfile.slice(dockerfile.indexOf(` AS ${image}\n`)).split(/^FROM /m)[0]!
    t.match(stage, /^USER 1001:0$/m, `${image}: Label Studio's user`)
    t.match(stage, /HOST=0\.0\.0\.0 MODEL_DIR=\/app\/models /)
    t.match(stage, /^WORKDIR \/srv\//m, `${image}: the volume of the models hides no code`)
    t.match(stage, /^STOPSIGNAL SIGTERM$/m)
    t.match(stage, / ORT_DISABLE_TELEMETRY=1$/m, `${image}: nothing is reported to anybody`)
    t.match(stage, /^HEALTHCHECK .*\\\n +CMD \["node", /m, `${image}: no shell and no curl needed`)
    t.match(stage, /^ENTRYPOINT \["node", /m, `${image}: node gets the signals itself`)
  }
})

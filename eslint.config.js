import neostandard, { resolveIgnoresFromGitignore } from 'neostandard'

// The arrows of the tree: models <- workers <- src <- plugins <- src/app <- src/serve <- src/server; CONTRIBUTING.md has the map.
// Each room lists what it must not import; a violation names the rule, so that a newcomer learns the map from it.
// That the folders of src form no circle among themselves is for a test to say: test/rooms.test.ts.
const native = { group: ['onnxruntime-node', 'sharp'], message: 'Only workers/ may touch native libraries.' }
const http = { group: ['fastify', 'fastify-plugin', '@fastify/*', '!@fastify/error', '!@fastify/type-provider-typebox'], message: 'Only plugins/, src/app.ts and src/serve.ts may touch HTTP.' }
const network = { group: ['undici'], message: 'undici belongs to src/label-studio/, src/media/ and src/model-store/.' }
const threads = { group: ['piscina'], message: 'piscina belongs to src/inference/.' }
const measures = { group: ['prom-client', '@opentelemetry/*'], message: 'prom-client belongs to src/metrics/create-metrics.ts, OpenTelemetry to src/traces/collect-traces.ts.' }
const queues = { group: ['bullmq', 'ioredis'], message: 'Redis belongs to src/redis-connection.ts and src/jobs/.' }
const routes = { group: ['**/plugins/**'], message: 'plugins/ is imported by src/app.ts alone.' }
const composition = { group: ['**/app.ts', '**/serve.ts', '**/server.ts'], message: 'src/app.ts is imported by src/serve.ts alone, that by src/server.ts, which nobody imports.' }
const commands = { group: ['**/cli/**', '**/cli.ts'], message: 'Commands are called by people: the rest of the tree knows nothing of src/cli/.' }
const domain = { group: ['**/src/**'], message: 'models/ and workers/ know nothing of src/.' }
const workerCode = { group: ['**/workers/**', '!**/workers/protocol.ts', '!**/workers/check-extent.ts'], message: 'Outside workers/ only workers/protocol.ts, and check-extent.ts, which needs nothing, may be imported: everything else runs in a thread.' }
const processEnv = [{ object: 'process', property: 'env', message: 'Only src/config.ts reads the environment.' }]
const lostTimeouts = { object: 'AbortSignal', property: 'any', message: 'Loses time limits on Node 20: use src/any-signal.ts.' }

const room = (files, patterns, ignores = []) => ({
  files,
  ignores,
  rules: { 'no-restricted-imports': ['error', { patterns }], 'no-restricted-properties': ['error', ...processEnv, lostTimeouts] }
})

/** What a page finds around it; of neostandard's parts only the names. */
const browserGlobals = neostandard({ env: ['browser'] }).find(({ name }) => name === 'neostandard/globals').languageOptions.globals

export default [
  ...neostandard({ ts: true, ignores: [...resolveIgnoresFromGitignore(), 'models/starter/training/**'] }),
  // dot-notation: the page's types are checked by tsc as everything else, which asks for brackets where a name may not be there.
  { files: ['plugins/playground/page/**', 'test/playground/**'], languageOptions: { globals: browserGlobals }, rules: { 'dot-notation': 'off' } },
  { rules: { 'max-lines': ['warn', { max: 320, skipBlankLines: true, skipComments: true }] } },
  room(['models/**/*.ts'], [native, http, network, threads, queues, measures, routes, domain, { group: ['**/workers/**'], message: 'models/ knows nothing of workers/.' }]),
  room(['workers/**/*.ts'], [http, network, threads, queues, measures, routes, domain]),
  room(['src/**/*.ts'], [native, http, network, threads, queues, measures, routes, composition, commands, workerCode],
    ['src/app.ts', 'src/serve.ts', 'src/server.ts', 'src/cli.ts', 'src/cli/**', 'src/config.ts', 'src/errors.ts', 'src/redis-connection.ts', 'src/jobs/**', 'src/inference/**', 'src/media/**', 'src/label-studio/**', 'src/model-store/**', 'src/metrics/**', 'src/traces/**']),
  room(['src/metrics/**/*.ts', 'src/traces/**/*.ts'], [native, http, network, threads, queues, routes, composition, commands, workerCode]),
  room(['src/cli.ts', 'src/cli/**/*.ts'], [native, http, network, threads, queues, measures, routes, composition, workerCode]),
  room(['src/inference/**/*.ts'], [native, http, network, queues, measures, routes, composition, commands, workerCode]),
  room(['src/redis-connection.ts', 'src/jobs/**/*.ts'], [native, http, network, threads, measures, routes, composition, commands, workerCode]),
  room(['src/media/**/*.ts', 'src/label-studio/**/*.ts', 'src/model-store/**/*.ts'], [native, http, threads, queues, measures, routes, composition, commands, workerCode]),
  { files: ['src/config.ts', 'src/errors.ts'], rules: { 'no-restricted-imports': ['error', { patterns: [native, network, threads, queues, measures, routes, composition, commands, workerCode] }] } },
  room(['src/app.ts'], [native, network, threads, queues, measures, commands, workerCode, { group: ['**/serve.ts', '**/server.ts'], message: composition.message }]),
  room(['src/serve.ts'], [native, network, threads, queues, measures, routes, commands, workerCode, { group: ['**/server.ts'], message: composition.message }]),
  room(['src/server.ts'], [native, network, threads, queues, measures, routes, commands, workerCode]),
  room(['plugins/**/*.ts'], [native, network, threads, queues, measures, composition, commands, workerCode])
]

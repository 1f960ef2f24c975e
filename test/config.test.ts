import Fastify from 'fastify'
import t from 'tap'
import { ConfigError, describeAllowed, loadConfig, variables } from '../src/config.ts'

t.test('defaults', async (t) => {
  const config = loadConfig({})
  t.match(config, { mode: 'balanced', device: { name: 'cpu', index: 0 }, modelFallback: 'starter', confidenceThreshold: null, detectorThreshold: null, port: 9090, preload: true, requestBudgetMs: 80_000, labelStudioUrl: null, imageOrigins: [] })
  t.ok(config.workers >= 1)
  t.ok(Object.isFrozen(config))
})

t.test('values are read in their types', async (t) => {
  t.match(loadConfig({
    DEVICE: 'cuda:1',
    PRELOAD: 'false',
    CONFIDENCE_THRESHOLD: ' 0.5 ',
    DETECTOR_THRESHOLD: '0.4',
    LABEL_STUDIO_URL: 'http://studio.example/label-studio/',
    CORS_ORIGINS: 'https://a.example, https://b.example,',
    MAX_MEGAPIXELS: '0.5',
    XDG_CACHE_HOME: '/var/cache'
  }), {
    device: { name: 'cuda', index: 1 },
    preload: false,
    confidenceThreshold: 0.5,
    detectorThreshold: 0.4,
    labelStudioUrl: 'http://studio.example/label-studio',
    corsOrigins: ['https://a.example', 'https://b.example'],
    maxPixels: 500_000,
    modelDir: '/var/cache/label-studio-rtmpose/models'
  })
})

t.test('localhost is one address', async (t) => {
  t.equal(loadConfig({ HOST: 'localhost' }).host, '127.0.0.1', 'or Fastify would open a second server')
  t.equal(loadConfig({ HOST: '::' }).host, '::')
})

t.test('an empty variable is one that is not set', async (t) => {
  t.equal(loadConfig({ PORT: '', MODE: ' ', WORKERS: '' }).port, 9090)
})

t.test('a wrong value is named with what is allowed', async (t) => {
  const cases: Array<[string, string, RegExp]> = [
    ['PORT', '70000', /^PORT=70000 is not valid: allowed is a whole number from 0 to 65535\.$/],
    ['MODE', 'turbo', /^MODE=turbo .*lightweight, balanced, performance/],
    ['DEVICE', 'tpu', /^DEVICE=tpu .*cpu, cuda, cuda:N or mps/],
    ['BACKEND', 'openvino', /^BACKEND=openvino .*onnxruntime/],
    ['CONFIDENCE_THRESHOLD', '1.5', /a number from 0 to 1/],
    ['DETECTOR', 'huge', /allowed is empty, nano, tiny.*coco-x\.$/],
    ['MODEL_FALLBACK', 'other', /allowed is starter, none\.$/],
    ['PRELOAD', 'perhaps', /true or false/],
    ['LABEL_STUDIO_URL', 'studio:8080', /http:\/\/ or https:\/\//],
    ['DETECTOR_THRESHOLD', 'high', /a number from 0 to 1/]
  ]
  for (const [name, value, message] of cases) t.throws(() => loadConfig({ [name]: value }), { message })
})

t.test('addresses are checked when the service starts', async (t) => {
  const wrong: Record<string, string[]> = {
    TRUST_PROXY: ['proxy.example', '10.0.0.0/33', '10.0.0.0/0', '10.0.0.0/', '10.0.0/8', '::1/129', '10.0.0.0/8/8', 'fe80::1%eth0', '10.0.0.0/255.0.0.0', 'true'],
    CORS_ORIGINS: ['*', 'null', 'a.example', 'https://', 'https://*.example', 'https://a.example/', 'https://a.example/path', 'https://a.example:99999', 'ftp://a.example', 'https://a.example https://b.example'],
    IMAGE_ORIGINS: ['minio:9000', 'http://minio:9000/bucket', 'http://[::1', 'http://a b'],
    LABEL_STUDIO_URL: ['studio:8080', 'http://', 'http:studio', 'http://[::1', 'http://studio:99999', 'http://studio 1', 'http://studio#x', 'file:///x']
  }
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      t.throws(() => loadConfig({ [name]: value }), { name: 'ConfigError', message: `${name}=${value} is not valid: allowed is ${describeAllowed(name)}.` })
    }
  }
  t.throws(() => loadConfig({ TRUST_PROXY: '10.0.0.1, ::1, proxy' }), { message: /^TRUST_PROXY=proxy, entry 3 of 3, is not valid: allowed is IP addresses/ })
  t.throws(() => loadConfig({ PORT: 'x' }), ConfigError)

  const ranges = ['10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8', '::ffff:10.0.0.1', 'loopback', 'linklocal', 'uniquelocal']
  const { trustProxy } = loadConfig({ TRUST_PROXY: `${ranges.join(', ')},` })
  t.same(trustProxy, ranges)
  t.doesNotThrow(() => Fastify({ trustProxy }), 'the server takes them all')
  t.same(loadConfig({ CORS_ORIGINS: 'HTTPS://A.example:443, http://[::1]:8080' }).corsOrigins, ['https://a.example', 'http://[::1]:8080'], 'as browsers write them')
  t.same(loadConfig({ IMAGE_ORIGINS: 'http://minio:9000' }).imageOrigins, ['http://minio:9000'])
  t.equal(loadConfig({ LABEL_STUDIO_URL: 'https://studio.example:8443/a@b/ls/' }).labelStudioUrl, 'https://studio.example:8443/a@b/ls')
})

t.test('a refused address does not show its password or token', async (t) => {
  for (const value of ['http://me:secret@studio:8080', 'http://studio:8080/?token=secret', 'me:secret@studio', 'http://me:secret?secret@studio', 'http://me:?secret@studio/?token=secret']) {
    for (const name of ['LABEL_STUDIO_URL', 'IMAGE_ORIGINS']) {
      const error = await Promise.resolve().then(() => loadConfig({ [name]: value })).then(() => null, (error: Error) => error)
      t.match(error?.message, /\(hidden\).* is not valid/, `${name}=${value}`)
      t.notMatch(error?.message, /secret/)
    }
  }
  for (const value of ['redis://:secret?secret@host:port', 'redis://:secret#secret@host', 'redis://:secret/secret@host', 'http://:secret@host']) {
    t.throws(() => loadConfig({ REDIS_URL: value }), { message: /^REDIS_URL=\(hidden\) is not valid: / }, value)
  }
})

t.test('every bound has a maximum that the program can bear', async (t) => {
  const maxima = { REQUEST_BUDGET_S: 3600, DOWNLOAD_TIMEOUT_S: 600, MAX_BODY_MB: 500, DOWNLOAD_MAX_MB: 500, QUEUE_SIZE: 1_000_000, CACHE_MB: 100_000, RATE_LIMIT_WINDOW_S: 86_400, MAX_TASKS: 100_000, MAX_ANSWER_MB: 2000, MAX_REQUESTS: 1000 }
  for (const [name, maximum] of Object.entries(maxima)) {
    t.doesNotThrow(() => loadConfig({ [name]: String(maximum) }), name)
    t.throws(() => loadConfig({ [name]: String(maximum + 1) }), { message: new RegExp(`^${name}=${maximum + 1} is not valid: .* to ${maximum}\\.$`) })
  }
  t.match(loadConfig({ MAX_ANSWER_MB: '1' }), { maxTasks: 5000, maxAnswerBytes: 1024 * 1024, maxRequests: 32 })
})

t.test('no number is without end', async (t) => {
  const numbers = Object.keys(variables).filter((name) => /number/.test(describeAllowed(name)))
  t.ok(numbers.length > 20)
  for (const name of numbers) {
    for (const value of ['Infinity', '-Infinity', '1e999', '-1e999']) {
      t.throws(() => loadConfig({ [name]: value }), { name: 'ConfigError', message: `${name}=${value} is not valid: allowed is ${describeAllowed(name)}.` })
    }
  }
})

t.test('every variable is described for the documents', async (t) => {
  for (const [name, { description, group }] of Object.entries(variables)) {
    t.ok(description.length > 10, name)
    t.ok(group, name)
    t.ok(describeAllowed(name), name)
  }
})

t.test('user and password come together', async (t) => {
  t.equal(loadConfig({}).basicAuth, null)
  t.strictSame(loadConfig({ BASIC_AUTH_USER: 'label studio', BASIC_AUTH_PASS: 'pass:word-of-12' }).basicAuth, { user: 'label studio', password: 'pass:word-of-12' })
  t.throws(() => loadConfig({ BASIC_AUTH_USER: 'me' }), /BASIC_AUTH_PASS is not set/)
  t.throws(() => loadConfig({ BASIC_AUTH_PASS: 'pass:word-of-12' }), /BASIC_AUTH_USER is not set/)
  t.throws(() => loadConfig({ BASIC_AUTH_USER: 'a:b', BASIC_AUTH_PASS: 'pass:word-of-12' }), /BASIC_AUTH_USER=a:b is not valid/)
  t.throws(() => loadConfig({ BASIC_AUTH_USER: 'me', BASIC_AUTH_PASS: 'short' }), /BASIC_AUTH_PASS=\(hidden\) is not valid/)
})

t.test('the collector of traces', async (t) => {
  t.equal(loadConfig({}).tracesEndpoint, null)
  t.equal(loadConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' }).tracesEndpoint, 'http://collector:4318')
  t.throws(() => loadConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' }), /OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317 is not valid/)
})

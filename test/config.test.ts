import t from 'tap'
import { describeAllowed, loadConfig, variables } from '../src/config.ts'

t.test('defaults', async (t) => {
  const config = loadConfig({})
  t.match(config, { mode: 'balanced', device: { name: 'cpu', index: 0 }, confidenceThreshold: 0.3, detectorThreshold: null, port: 9090, preload: true, requestBudgetMs: 80_000, labelStudioUrl: null, imageOrigins: [] })
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
    ['PRELOAD', 'perhaps', /true or false/],
    ['LABEL_STUDIO_URL', 'studio:8080', /http:\/\/ or https:\/\//],
    ['DETECTOR_THRESHOLD', 'high', /a number from 0 to 1/]
  ]
  for (const [name, value, message] of cases) t.throws(() => loadConfig({ [name]: value }), { message })
})

t.test('every variable is described for the documents', async (t) => {
  for (const [name, { description, group }] of Object.entries(variables)) {
    t.ok(description.length > 10, name)
    t.ok(group, name)
    t.ok(describeAllowed(name), name)
  }
})

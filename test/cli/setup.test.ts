import t from 'tap'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import { callCli } from '../factories/call-cli.ts'
import { refuse, startLabelStudioStub, type StubAnswer } from '../factories/label-studio-stub.ts'
import { buildTestApp } from '../factories/test-app.ts'

const token = '0123456789abcdef0123456789abcdef01234567'
const backend = 'http://pose.example:9090'
const version = 'starter-0.2.0@2ffc3c03'
const row = { id: 5, url: backend, title: version, model_version: version, state: 'CO', is_interactive: false, project: 1, created_at: '2026-11-25T16:00:00.000Z' }
const webhook = { id: 1, url: `${backend}/webhook`, is_active: true, send_payload: true, send_for_all_actions: true }

/** setup against a Label Studio that answers so. */
async function setUp (t: Parameters<typeof startLabelStudioStub>[0], answers: Record<string, StubAnswer>, ...args: string[]) {
  const { origin, calls } = await startLabelStudioStub(t, answers)
  const called = await callCli(['setup', '--url', origin, '--token', token, '--backend', backend, ...args])
  return { ...called, calls, changes: calls.filter((call) => !call.startsWith('GET')) }
}

t.test('wrong uses', async (t) => {
  const url = ['--url', 'http://localhost:8080']
  for (const [args, sentence] of [
    [[], /--url is missing.*LABEL_STUDIO_URL/],
    [['--url', 'ls.example:8080'], /--url is not valid/],
    [['--url', 'http://me:secret@ls.example'], /--url is not valid/],
    [url, /--token is missing: create a personal access token under http:\/\/localhost:8080\/user\/account/],
    [[...url, '--token', 'eyJhbGciOiJIUzI1NiJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9'], /The token is cut off.*whole only when it is made/],
    [[...url, '--token', token, '--preset', 'feet'], /--preset feet is not valid: skeleton, .*wholebody133 are/],
    [[...url, '--token', token, '--project', 'one'], /--project one is not valid/],
    [[...url, '--token', token, '--project', '1', '--name', 'poses'], /exclude each other/],
    [[...url, '--token', token, '--name', 'x'], /3 to 50 characters/],
    [[...url, '--token', token, '--backend', 'localhost:9090'], /--backend is not valid/],
    [['--url', 'http://label-studio:8080', '--token', token], /--backend is missing: Label Studio at label-studio does not reach this service under localhost.*ml-backend\.internal/],
    [[...url, '--tokn', token], /Unknown option '--tokn'/]
  ] as Array<[string[], RegExp]>) {
    const { code, out, err } = await callCli(['setup', ...args])
    t.equal(code, 64, args.join(' '))
    t.equal(out, '')
    t.match(err, sentence)
    t.notOk(/secret|eyJ/.test(err) || err.includes(token), 'nothing secret is repeated')
  }
})

t.test('a service that speaks HTTPS is connected by that', async (t) => {
  t.teardown(() => { for (const name of ['TLS_CERT', 'TLS_KEY']) delete process.env[name] })
  Object.assign(process.env, { TLS_CERT: 'cert.pem', TLS_KEY: 'key.pem' })
  t.match((await callCli(['setup', '--url', 'http://label-studio:8080', '--token', token])).err, /for example https:\/\/<name .*, or https:\/\/ml-backend\.internal:9090/)
  const { origin, calls } = await startLabelStudioStub(t, { 'GET /api/current-user/whoami': refuse(401, 'Invalid token.') })
  t.match(await callCli(['setup', '--url', origin, '--token', token]), { code: 1 }, 'and the default address is whole')
  t.ok(calls.length > 0)
})

t.test('refusals before anything is changed', async (t) => {
  for (const [answers, sentence, ...args] of [
    [{ 'GET /api/current-user/whoami': refuse(401, 'Invalid token.') }, /refused the token \(401: Invalid token\.\)/],
    [{ 'GET /api/current-user/whoami': refuse(401, 'Authentication token no longer valid: legacy token authentication has been disabled for this organization') }, /takes no legacy tokens/],
    [{ 'GET /api/current-user/whoami': [200, '<!doctype html><title>Other</title>'] }, /answered in a form that is not known/],
    [{ 'GET /api/projects/': [200, { count: 2, next: null, results: [3, 4].map((id) => ({ id, title: 'Human poses', label_config: '' })) }] }, /"Human poses" is the title of 3, 4: give one of these numbers/],
    [{}, /cannot use this project \(7, 404: Not found\.\)/, '--project', '7'],
    [{ 'GET /api/projects/1/': refuse(403, 'You do not have permission to perform this action.') }, /cannot use this project \(1, 403: You do not have permission/, '--project', '1']
  ] as Array<[Record<string, StubAnswer>, RegExp, ...string[]]>) {
    const { code, err, out, changes } = await setUp(t, answers, ...args)
    t.equal(code, 1)
    t.match(err, sentence)
    t.strictSame(changes, [])
    t.notOk((out + err).includes(token))
  }
})

t.test('a project that the model cannot fill needs a decision', async (t) => {
  const project = { id: 1, title: 'cars', label_config: '<View><Image name="image" value="$image"/><RectangleLabels name="cars" toName="image"><Label value="car"/><Label value="bus"/></RectangleLabels></View>', total_annotations_number: 12 }
  const { code, err, changes } = await setUp(t, { 'GET /api/projects/1/': [200, project] }, '--project', '1')
  t.equal(code, 2)
  t.match(err, /rectanglelabels "cars" \(car, bus\); 12 annotations are there\).*--replace-config/)
  t.strictSame(changes, [])

  const kept = await setUp(t, { 'GET /api/projects/1/': [200, { ...project, label_config: '<View>broken' }] }, '--project', '1')
  t.equal(kept.code, 2)
  t.match(kept.err, /an interface that cannot be read/)
  const refused = await setUp(t, {
    'GET /api/projects/1/': [200, project],
    'PATCH /api/projects/1/': [400, { validation_errors: { label_config: ['There are 12 annotation(s) created with tag "cars", you can\'t remove it'] } }]
  }, '--project', '1', '--replace-config')
  t.equal(refused.code, 1)
  t.match(refused.err, /does not take the labelling interface \(label_config: There are 12/)
})

t.test('what holds annotations stays, also a preset of ours', async (t) => {
  const project = { id: 1, title: 'poses', label_config: labelConfigPreset('body17'), total_annotations_number: 1, model_version: version }
  const answers: Record<string, StubAnswer> = { 'GET /api/projects/1/': [200, project], 'GET /api/ml': [200, [row]], 'GET /api/webhooks/': [200, [webhook]] }
  const { code, out, changes } = await setUp(t, answers, '--project', '1', '--preset', 'face')
  t.equal(code, 0)
  t.match(out, /^Interface +kept: preset body17, because 1 annotation is there; --replace-config puts preset face in its place, without keypointlabels "body" \(nose, /m)
  t.strictSame(changes, [])
})

t.test('a preset of which the model finds nothing', async (t) => {
  t.teardown(() => { delete process.env['MODE'] })
  const connected: Record<string, StubAnswer> = { 'GET /api/ml': [200, [row]], 'GET /api/webhooks/': [200, [webhook]] }
  const holding = (labelConfig: string, annotations = 0): Record<string, StubAnswer> => {
    const project = { id: 1, title: 'poses', label_config: labelConfig, total_annotations_number: annotations, model_version: version }
    return { ...connected, 'GET /api/projects/1/': [200, project] }
  }
  const cars = '<View><Image name="image" value="$image"/><RectangleLabels name="cars" toName="image"><Label value="car"/></RectangleLabels></View>'
  const [hands, face, body17] = [labelConfigPreset('hands'), labelConfigPreset('face'), labelConfigPreset('body17')]

  for (const [mode, answers, preset, ...args] of [
    ['body-lightweight', connected, 'hands', '--preset', 'hands'],
    ['feet-balanced', connected, 'face', '--preset', 'face'],
    ['body-balanced', holding(hands), 'hands', '--project', '1', '--preset', 'hands'],
    // The mode was another one when it was put there.
    ['feet-lightweight', holding(face), 'face', '--project', '1'],
    ['body-balanced', holding(body17), 'face', '--project', '1', '--preset', 'face'],
    ['body-balanced', holding(cars, 1), 'hands', '--project', '1', '--preset', 'hands', '--replace-config'],
    ['body-balanced', { 'GET /api/projects/': [200, { count: 0, next: null, results: [] }] }, 'hands', '--name', 'new', '--preset', 'hands']
  ] as Array<[string, Record<string, StubAnswer>, string, ...string[]]>) {
    process.env['MODE'] = mode
    const { code, out, err, changes } = await setUp(t, answers, ...args)
    t.equal(code, 2, `${mode} ${args.join(' ')}`)
    t.match(err, `(${preset}; skeleton, body17, body23, wholebody133 fit). Run setup again with a --preset that fits, or start the service with a MODE`)
    t.notMatch(out, /^(Interface|Model)/m)
    t.strictSame(changes, [], 'nothing is changed, and no project made')
  }
  t.match(await setUp(t, holding(hands), '--project', '1', '--preset', 'body17'), { code: 0, out: /^Interface +changed: preset body17 in place of hands$/m })
  const made: StubAnswer = (body) => [201, { id: 1, ...body as object }]
  t.match(await setUp(t, { ...connected, 'GET /api/projects/': [200, { count: 0, next: null, results: [] }], 'POST /api/projects/': made }, '--name', 'new', '--preset', 'body17'),
    { code: 0, out: /^Interface +created: preset body17$/m })
  process.env['MODE'] = 'balanced'
  t.match(await setUp(t, holding(hands), '--project', '1'), { code: 0, out: /^Interface +already right: preset hands$/m })
})

t.test('the service knows best what fits', async (t) => {
  const { app } = await buildTestApp(t, { models: { keypointSet: 'halpe-26' } })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const { code, err, changes } = await setUp(t, {}, '--backend', url, '--preset', 'hands')
  t.equal(code, 2, 'the mode of this command has hands')
  t.match(err, /\(hands; skeleton, body17, body23, wholebody133 fit\)/)
  t.strictSame(changes, [])
})

t.test('refusals of the address', async (t) => {
  const reserved = refuse(403, 'URL resolves to a reserved network address (block: 172.16.0.0/12)')
  const blocked = await setUp(t, { 'POST /api/ml': reserved })
  t.equal(blocked.code, 1)
  t.match(blocked.err, /private \(http:\/\/pose\.example:9090, in 172\.16\.0\.0\/12\).*ML_BLOCK_LOCAL_IP=false and SSRF_PROTECTION_ENABLED=false, both/)
  t.match(blocked.out, /^Interface +changed: preset wholebody133$/m, 'what was done before is told')

  t.match((await setUp(t, { 'POST /api/ml': refuse(500, "Can't resolve hostname pose.example") })).err, /does not know the host of this service/)
  t.match((await setUp(t, { 'GET /api/ml': [200, [{ ...row, state: 'DI' }]], 'PATCH /api/ml/5': reserved })).err, /ML_BLOCK_LOCAL_IP=false and/, 'a protection that was switched on later')
})

t.test('a connection with a password is not changed without it', async (t) => {
  const answers: Record<string, StubAnswer> = { 'GET /api/ml': [200, [{ ...row, title: 'mine', basic_auth_user: 'me' }]] }
  const { code, err, changes } = await setUp(t, answers)
  t.equal(code, 1)
  t.match(err, /every change of the connection needs it again, and its name should be starter-0\.2\.0@2ffc3c03\)\. Enter user and password in Label Studio/)
  t.strictSame(changes, ['PATCH /api/projects/1/'])
})

t.test('a row stored although it was refused', async (t) => {
  const reserved = refuse(403, 'URL resolves to a reserved network address (block: 172.16.0.0/12)')
  const rows: unknown[] = []
  const answers: Record<string, StubAnswer> = {
    'GET /api/ml': () => [200, rows],
    'POST /api/ml': (body) => {
      rows.push({ ...row, ...body as object })
      return reserved
    },
    'PATCH /api/ml/5': (body) => [200, { ...row, ...body as object }],
    'DELETE /api/ml/5': [204, ''],
    'POST /api/webhooks/': reserved
  }
  const half = await setUp(t, answers)
  t.equal(half.code, 0)
  t.match(half.out, /^Model +created: http:\/\/pose\.example:9090, version starter-0\.2\.0@2ffc3c03, connected/m)
  t.match(half.out, /^Webhook +note: .*SSRF_PROTECTION_ENABLED=false is missing/m)
  rows.length = 0
  const needed = await setUp(t, answers, '--webhook')
  t.equal(needed.code, 1)
  t.match(needed.out, /^Webhook +not done: /m)

  rows.length = 0
  const broken = await setUp(t, { ...answers, 'POST /api/ml': (body) => { rows.push({ ...row, ...body as object }); return refuse(500, "'list' object has no attribute 'get'") } })
  t.equal(broken.code, 1)
  t.match(broken.changes, ['PATCH /api/projects/1/', 'POST /api/ml', 'DELETE /api/ml/5'], 'nothing unusable is left behind')
})

t.test('Label Studio below a path', async (t) => {
  const { prefixed } = await startLabelStudioStub(t, { 'GET /api/ml': [200, [row]], 'GET /api/webhooks/': [200, [webhook]] })
  const { code, out } = await callCli(['setup', '--url', `${prefixed}/`, '--token', token, '--backend', `${backend}/`])
  t.equal(code, 0)
  t.match(out, /^Model +already right: http:\/\/pose\.example:9090, /m)
  t.ok(out.includes(`import pictures: ${prefixed}/projects/1/data/import`))
})

t.test('what answers is not this service', async (t) => {
  const nameless = await setUp(t, { 'POST /api/ml': [201, { ...row, title: 'label-studio-rtmpose', model_version: null }] })
  t.match(nameless, { code: 1, err: /has no model_version, so it is not this service/ })
  const other = { ...row, title: 'label-studio-rtmpose', model_version: 'yolo-v8' }
  const named = await setUp(t, { 'POST /api/ml': [201, other], 'PATCH /api/ml/5': (body) => [200, { ...other, ...body as object }], 'POST /api/webhooks/': [201, webhook] })
  t.match(named.out, /^Model +note: what answers at http:\/\/pose\.example:9090 calls itself yolo-v8, which is no version of this service$/m)
})

t.test('other models of the project stay, and are named', async (t) => {
  const other = { ...row, id: 6, url: 'http://yolo.example:9090', title: 'yolo', model_version: 'yolo-v8' }
  // Made in the same moment, by a script.
  const theirs = { ...webhook, url: 'http://yolo.example:9090/webhook', created_at: '2026-11-25T16:00:00.500Z' }
  const { code, out, changes } = await setUp(t, { 'GET /api/ml': [200, [other, row]], 'GET /api/webhooks/': [200, [theirs]], 'POST /api/webhooks/': [201, webhook] })
  t.equal(code, 0)
  t.match(out, /^Model +note: the project is connected to "yolo" at http:\/\/yolo\.example:9090 too/m)
  t.strictSame(changes, ['PATCH /api/projects/1/', 'PATCH /api/projects/1/', 'POST /api/webhooks/'])
})

t.test('--json is one object, failed or not', async (t) => {
  const { code, out, err } = await setUp(t, { 'POST /api/ml': refuse(500, "Can't resolve hostname pose.example") }, '--json')
  t.equal(code, 1)
  t.equal(err, '')
  t.match(JSON.parse(out), {
    steps: [{ name: 'label-studio', state: 'found' }, { name: 'project', state: 'found' }, { name: 'interface', state: 'changed' }],
    project: null,
    error: { code: 'POSE_ERR_LABEL_STUDIO_HOST_UNKNOWN', message: /Give the address under which/ }
  })
})

t.test('a service that asks for user and password', async (t) => {
  const [user, password] = ['label-studio', 'a-pass:word-of-12']
  t.teardown(() => { for (const name of ['BASIC_AUTH_USER', 'BASIC_AUTH_PASS']) delete process.env[name] })
  Object.assign(process.env, { BASIC_AUTH_USER: user, BASIC_AUTH_PASS: password })
  const header = { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
  const sent: unknown[] = []
  const keep = (answer: object): StubAnswer => (body) => {
    sent.push(body)
    return [200, answer]
  }
  const withUser = { ...row, auth_method: 'BASIC_AUTH', basic_auth_user: user }

  const made = await setUp(t, { 'POST /api/ml': keep(withUser), 'GET /api/webhooks/': [200, [webhook]], 'PATCH /api/webhooks/1/': keep({ ...webhook, headers: header }) })
  t.equal(made.code, 0)
  t.match(sent, [{ url: backend, auth_method: 'BASIC_AUTH', basic_auth_user: user, basic_auth_pass: password }, { headers: header }], 'the connection gets them, and the webhook as a header')
  t.match(made.out, /its events carry user and password/)
  t.notOk(made.out.includes(password) || made.err.includes(password))

  sent.length = 0
  const repeated = await setUp(t, { 'GET /api/ml': [200, [withUser]], 'GET /api/webhooks/': [200, [{ ...webhook, headers: header }]] })
  t.strictSame([repeated.code, repeated.changes.filter((change) => !change.includes('/api/projects/'))], [0, []], 'once is enough')

  const changed = await setUp(t, { 'GET /api/ml': [200, [row]], 'PATCH /api/ml/5': keep(withUser), 'GET /api/webhooks/': [200, [{ ...webhook, headers: header }]] })
  t.equal(changed.code, 0)
  t.match(sent, [{ basic_auth_user: user, basic_auth_pass: password }], 'a connection without them gets them')
})

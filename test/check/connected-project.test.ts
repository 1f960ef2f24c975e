import t, { type Test } from 'tap'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { coco17 } from '../../models/keypoints/coco-17.ts'
import { checkConnection } from '../../src/check/check-connection.ts'
import { checkLabelConfig } from '../../src/check/check-label-config.ts'
import { checkRefusals } from '../../src/check/check-refusals.ts'
import { checkToken } from '../../src/check/check-token.ts'
import { checkVersions } from '../../src/check/check-versions.ts'
import { checkWebhook } from '../../src/check/check-webhook.ts'
import { findProjects } from '../../src/check/find-projects.ts'
import { createReceivedCalls } from '../../src/check/received-calls.ts'
import { createPoseError } from '../../src/errors.ts'
import { createAccessToken } from '../../src/label-studio/access-token.ts'
import { createLabelStudioClient } from '../../src/label-studio/client/label-studio-client.ts'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import { labelConfig, pointsControl } from '../factories/label-config.ts'
import { Refusal, startLabelStudioServer, type Answers } from '../factories/label-studio-server.ts'

const ours = 'starter-0.2.0@2ffc3c03'
const project = { id: 7, title: 'Street', label_config: labelConfigPreset('body17'), model_version: 'Poses', show_collab_predictions: true }
const backend = (changes: object = {}) => ({ id: 3, url: 'http://poses.internal:9090', title: 'Poses', state: 'CO', error_message: null, model_version: ours, project: 7, ...changes })

/** The project's connections as Label Studio gives them; `arrives` notes the calls that it makes meanwhile. */
async function observe (t: Test, rows: object[], arrives: (note: ReturnType<typeof createReceivedCalls>['noteCall']) => void = () => {}, more: Answers = {}) {
  const received = createReceivedCalls()
  const server = await startLabelStudioServer(t, {
    'GET /api/projects/7/': project,
    'GET /api/ml': () => {
      arrives(received.noteCall)
      return rows
    },
    ...more
  })
  const { projects: [connected] } = await findProjects(server.client, { wanted: 7, received, port: 9090 })
  return { ...server, received, connected: connected! }
}

const health = { route: 'GET /health', host: 'poses.internal:9090', project: null }
const setup = { route: 'POST /setup', host: 'poses.internal:9090', project: 7 }

t.test('a connection', async (t) => {
  for (const [what, row, calls, line] of [
    ['works', {}, [health, setup], { state: 'ok', sentence: 'Label Studio reaches this service at http://poses.internal:9090.' }],
    ['works through a proxy that changes the host', {}, [{ ...setup, host: 'inner:1' }], { state: 'ok' }],
    ['leads to another service', { model_version: 'their-model' }, [], { state: 'failed', sentence: /another service answers than this one \(model their-model\)/ }],
    ['of another project does not count', { model_version: 'their-model' }, [{ ...setup, project: 8, host: 'other:1' }], { state: 'failed' }],
    ['leads to a replica', {}, [], { state: 'warning', sentence: /no call has arrived in this process/ }],
    ['is too slow', { state: 'DI' }, [health], { state: 'failed', sentence: /gives up after a second/ }],
    ['has an error', { state: 'ER', error_message: '503 Server Error: No model: it is gone. for url: http://poses.internal:9090/setup' }, [health, setup], { state: 'failed', sentence: 'Label Studio reaches http://poses.internal:9090, but shows Error: 503, No model: it is gone.' }]
  ] as const) {
    const { client, connected } = await observe(t, [backend(row)], (note) => { for (const call of calls) note(call) })
    const [first, ...others] = await checkConnection(client, connected, ours)
    t.match(first, { id: 'connection', title: 'Project 7, connection', project: 7, ...line }, what)
    t.strictSame(others, [])
  }
  const { client, connected } = await observe(t, [])
  t.match(await checkConnection(client, connected, ours), [{ state: 'failed', sentence: 'The project has no model connected.' }])

  const twice = await observe(t, [backend(), backend({ id: 4 })], (note) => { note(setup) })
  t.match(await checkConnection(twice.client, twice.connected, ours), [{ state: 'ok' }, { state: 'ok' }, { state: 'warning', sentence: /connected 2 times/ }])
})

t.test('a connection without reason is tried again', async (t) => {
  for (const [answer, line] of [
    [new Refusal(403, { detail: 'URL resolves to a reserved network address (block: 10.0.0.0/8)' }), { state: 'failed', sentence: /because it is private/, remedy: /ML_BLOCK_LOCAL_IP=false and SSRF_PROTECTION_ENABLED=false/ }],
    [new Refusal(400, { validation_errors: { non_field_errors: ['Can\'t connect to ML backend http://poses.internal:9090, health check failed. Additional info: Connection refused'] } }), { state: 'failed', sentence: /nothing listens there/, remedy: /localhost is the container itself/ }],
    [new Refusal(500, { detail: 'Can\'t resolve hostname poses.internal' }), { state: 'failed', sentence: /does not know the host/ }],
    [new Refusal(403, { detail: 'You do not have permission' }), { state: 'failed', sentence: /calls http:\/\/poses\.internal:9090 Disconnected and does not say why/ }],
    [backend(), { state: 'warning', sentence: /reaches it now/ }]
  ] as const) {
    let body = ''
    const { client, connected } = await observe(t, [backend({ state: 'DI' })], () => {}, {
      'PATCH /api/ml/3': async (request: AsyncIterable<Buffer>) => {
        for await (const chunk of request) body += chunk.toString()
        return answer
      }
    })
    t.match(await checkConnection(client, connected, ours), [line])
    t.strictSame(JSON.parse(body), { url: 'http://poses.internal:9090', project: 7 }, 'with the address that it has')
  }
})

t.test('where nobody listens, Label Studio has the word', async (t) => {
  const { client } = await startLabelStudioServer(t, { 'GET /api/projects/7/': project, 'GET /api/ml': [backend()] })
  const { projects: [connected] } = await findProjects(client, { wanted: 7, received: null, port: 9090 })
  t.match(await checkConnection(client, connected!, null), [{ state: 'ok', sentence: /can only be seen from the running service/ }])
})

t.test('projects that use this service', async (t) => {
  const rows: Record<string, object[]> = { 1: [], 2: [backend({ project: 2 })], 3: [backend({ project: 3, url: 'http://elsewhere:1', model_version: 'their-model' })], 4: [backend({ project: 4, model_version: null, state: 'DI', url: 'http://10.0.0.1:9090' })] }
  const list = Object.keys(rows).map((id) => ({ ...project, id: Number(id), title: `P${id}` }))
  const answers = { 'GET /api/projects/': { count: 4, next: null, results: list }, 'GET /api/ml': ({ url }: { url: string }) => rows[/project=(\d)/.exec(url)![1]!] }
  const { client } = await startLabelStudioServer(t, answers)
  const { lines, projects } = await findProjects(client, { wanted: null, received: null, port: 9090 })
  t.match(lines, [{ state: 'ok', sentence: 'This service is connected to project 4 "P4", project 2 "P2".' }], 'by its version, and by its port')
  t.strictSame(projects.map(({ project: { id } }) => id), [4, 2])

  const many = await startLabelStudioServer(t, { ...answers, 'GET /api/projects/': { count: 900, next: null, results: list } })
  t.match((await findProjects(many.client, { wanted: null, received: null, port: 9090 })).lines, [{ state: 'warning', sentence: /^Only 4 of 900 projects/ }])
  const odd = await startLabelStudioServer(t, { ...answers, 'GET /api/ml': ({ url }: { url: string }) => url.endsWith('=4') ? new Refusal(500) : answers['GET /api/ml']({ url }) })
  t.match((await findProjects(odd.client, { wanted: null, received: null, port: 9090 })).lines, [{ state: 'warning', sentence: /^Only 3 of 4 .* connected to project 2 "P2"\.$/ }], 'one that fails hides no other')
  const none = await startLabelStudioServer(t, { 'GET /api/projects/': { count: 0, next: null, results: [] } })
  t.match((await findProjects(none.client, { wanted: null, received: null, port: 9090 })).lines, [{ state: 'warning', sentence: /^None of the 0 projects/, remedy: /setup/ }])
  t.match((await findProjects(none.client, { wanted: 9, received: null, port: 9090 })).lines, [{ state: 'failed', sentence: /cannot use this project \(9, 404/ }])
})

t.test('tokens', async (t) => {
  const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`
  const user = { id: 1, email: 'anna@studio.example' }
  const answers: Answers = {
    'GET /api/current-user/whoami': ({ headers }: { headers: { authorization?: string } }) => headers.authorization === 'Token wrong-one' ? new Refusal(401, { detail: 'Invalid token.' }) : headers.authorization === 'Token switched-off' ? new Refusal(401, { detail: 'Authentication token no longer valid: legacy token authentication has been disabled for this organization' }) : user,
    'POST /api/token/refresh/': { access: jwt({ token_type: 'access', exp: 300, iat: 0 }) }
  }
  const { origin } = await startLabelStudioServer(t, answers)
  async function look (key: string | null, offered?: string) {
    const token = createAccessToken({ url: origin, key })
    if (offered !== undefined) token.offer(offered)
    const client = createLabelStudioClient({ url: origin, token })
    t.teardown(() => client.close())
    return await checkToken(client, token)
  }
  t.match(await look('a-legacy-one'), { isTaken: true, line: { id: 'token', state: 'ok', sentence: 'Legacy token of anna@studio.example.' } })
  t.match(await look(jwt({ token_type: 'refresh' })), { isTaken: true, line: { state: 'ok', sentence: 'Personal access token of anna@studio.example.' } })
  t.match(await look(jwt({ token_type: 'access' })), { isTaken: true, line: { state: 'warning', sentence: /lives for minutes/, remedy: /personal access token/ } })
  t.match(await look(null, 'of-setup'), { isTaken: true, line: { state: 'warning', sentence: /Label Studio sent on connecting/ } })
  t.match(await look(null), { isTaken: false, line: { state: 'failed', sentence: 'There is no token.' } })
  t.match(await look('wrong-one'), { isTaken: false, line: { state: 'failed', sentence: 'Label Studio refused the token (401: Invalid token.).', remedy: /LABEL_STUDIO_API_KEY/ } })
  t.match(await look('switched-off'), { isTaken: false, line: { state: 'failed', sentence: /takes no legacy tokens/, remedy: /legacy tokens switched on/ } })
})

t.test('labelling interfaces', async (t) => {
  const look = (xml: string, set = cocoWholebody133 as typeof coco17 | null) => checkLabelConfig(xml, set, 7)
  t.match(look(labelConfigPreset('wholebody133')), { state: 'ok', sentence: '133 of 133 points have a label.' })
  t.match(look(labelConfigPreset('body17')), { state: 'ok', sentence: '17 of 133 points have a label: body 17, feet 0 of 6, face 0 of 68, left hand 0 of 21, right hand 0 of 21.' })
  t.match(look(labelConfigPreset('skeleton')), { state: 'ok', sentence: /^65 of 133 points have a label: body 17, feet 6,/ }, 'corners of a skeleton count')
  t.match(look(labelConfigPreset('body23'), coco17), { state: 'warning', sentence: /^17 of 17 points have a label\. No point of this model is called "left_big_toe", .* \(and 1 more\)\.$/ })
  t.match(look(labelConfig(pointsControl(['nose', 'tail']))), { state: 'warning', sentence: /^1 of 133 .*is called "tail"\.$/, remedy: /alias or a model_index/ })
  t.match(look(labelConfig()), { state: 'failed', sentence: /nothing this model can fill/ })
  t.match(look('<View>'), { state: 'failed', sentence: /cannot be read/ })
  t.match(look(labelConfigPreset('body17'), null), { state: 'skipped' })
})

t.test('webhooks', async (t) => {
  const hook = (changes: object = {}) => ({ id: 1, url: 'http://poses.internal:9090/webhook', is_active: true, send_payload: true, send_for_all_actions: true, project: 7, ...changes })
  async function look (hooks: object[], row: object = {}) {
    const { client, connected, received } = await observe(t, [backend(row)], () => {}, { 'GET /api/webhooks/': hooks })
    return { received, check: () => checkWebhook(client, connected, received) }
  }
  const { received, check } = await look([hook()])
  t.match(await check(), { state: 'ok', sentence: /none has arrived since the service started/ })
  received.noteEvent(8, 'TASKS_CREATED')
  received.noteEvent(null, 'TASKS_CREATED')
  t.match(await check(), { sentence: /none has arrived/ }, 'those of other projects do not count')
  received.noteEvent(7, 'TASKS_CREATED')
  received.noteEvent(7, 'ANNOTATION_CREATED')
  t.match(await check(), { state: 'ok', sentence: /2 arrived since the service started, the last \(ANNOTATION_CREATED\) at 20/ })
  for (const [hooks, row, line] of [
    [[hook({ is_active: false })], {}, { state: 'warning', sentence: /switched off/ }],
    [[hook({ is_active: false }), hook({ id: 2 })], {}, { state: 'ok' }],
    [[hook({ url: 'http://earlier:9090/webhook' })], {}, { state: 'warning', sentence: /lead elsewhere \(http:\/\/earlier:9090\/webhook\)/ }],
    [[], {}, { state: 'warning', sentence: /sends no events/, remedy: /setup --webhook/ }],
    [[], { url: 'http://ml-backend:9090' }, { state: 'warning', sentence: /no webhook for the host name "ml-backend"/, remedy: /name with a dot/ }],
    [[], { url: 'http://ml_backend.internal:9090' }, { state: 'warning', sentence: /"ml_backend\.internal"/ }],
    [[], { url: 'http://localhost:9090' }, { state: 'warning', sentence: /sends no events/ }]
  ] as const) t.match(await (await look([...hooks], row)).check(), line)
})

t.test('versions', async (t) => {
  async function look (stored: object, changes: object = {}) {
    const { client, connected } = await observe(t, [backend()], () => {}, { 'GET /api/projects/7/model-versions/': stored, 'GET /api/projects/7/': { ...project, ...changes } })
    return await checkVersions(client, connected, ours)
  }
  t.match(await look({ [ours]: 12, Poses: 0 }), [{ state: 'ok', sentence: `This service predicts as ${ours}; 12 predictions of it are stored.` }])
  t.match(await look({ [ours]: 1, 'rtmlib-balanced@3f2a91c4': 40, undefined: 2 }), [{ state: 'ok' }, { state: 'warning', sentence: /other versions are stored too: rtmlib-balanced@3f2a91c4 \(40\), undefined \(2\)\./ }])
  t.match(await look({}, { model_version: 'Old' }), [{ state: 'ok' }, { state: 'warning', sentence: /shows annotators the predictions of "Old"/, remedy: /Settings > Annotation/ }])
  t.equal((await look({}, { model_version: 'Old', show_collab_predictions: false })).length, 1, 'where none are shown, none are wrong')
  t.equal((await look({}, { model_version: ours })).length, 1)
})

t.test('what Label Studio asked for in vain', async (t) => {
  const received = createReceivedCalls()
  t.match(checkRefusals(received), [{ state: 'ok' }])
  received.noteRefusal(createPoseError('SOURCE_NOT_FOUND', 'first.jpg'))
  received.noteRefusal(createPoseError('RATE_LIMITED', 'try again in 1 minute'))
  received.noteRefusal(createPoseError('SOURCE_NOT_FOUND', 'second.jpg'))
  const lines = checkRefusals(received)
  t.equal(lines.length, 2, 'one per error')
  t.match(lines.find(({ sentence }) => sentence.includes('second.jpg')), { state: 'warning', sentence: /^2 times, the last at 20\S+Z: The picture does not exist \(second\.jpg\)\.$/, remedy: 'Check the address, or sync the storage in Label Studio.' })
  t.match(lines.find(({ sentence }) => sentence.includes('Too many')), { sentence: /^Once at / })
})

t.test('calls are kept for a while only', async (t) => {
  const received = createReceivedCalls()
  for (let index = 0; index < 600; index++) received.noteCall({ ...health, host: String(index) })
  const mark = received.mark()
  t.strictSame(received.callsSince(mark), [])
  received.noteCall(setup)
  t.strictSame(received.callsSince(mark), [setup])
  t.equal(received.callsSince(0).length, 500)
})

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { renderCheckReport } from '../../src/cli/render-check-report.ts'
import type { CheckReport } from '../../src/check/check-report.ts'
import { callCli } from '../factories/call-cli.ts'
import { freePort } from '../factories/free-port.ts'
import { startLabelStudioServer } from '../factories/label-studio-server.ts'
import { startLocalServer } from '../factories/local-server.ts'
import { makeSelfSignedCertificate } from '../factories/self-signed-certificate.ts'
import { buildTestApp } from '../factories/test-app.ts'

const call = (...args: string[]) => callCli(['check', ...args])
/** A port that was free a moment ago. */
const nothing = `http://127.0.0.1:${await freePort()}`
const token = 'a-token-of-twenty-characters'

/** The command takes its settings from the environment of the process. */
function setEnvironment (t: Test, env: Record<string, string>): void {
  t.teardown(() => { for (const name of Object.keys(env)) delete process.env[name] })
  Object.assign(process.env, env)
}

t.test('the running service is asked', async (t) => {
  const { app } = await buildTestApp(t, { env: { API_TOKEN: token } })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })

  await t.test('with its token', async (t) => {
    setEnvironment(t, { API_TOKEN: token })
    const file = join(t.testdir(), 'check.png')
    const { code, out, err } = await call('--service', `${url}/`, '--out', file, '--url', 'http://studio.example')
    t.equal(code, 1, 'it knows no Label Studio')
    const lines = out.trimEnd().split('\n')
    t.equal(lines[0], `ok       Service: The service answers at ${url}.`)
    t.match(lines, [/^ok {7}Service: /, /^ok {7}Model: /, /^failed {3}Label Studio: It is not known/, /^ {9}Set LABEL_STUDIO_URL/])
    t.match(err, /--url and --token are for a check without it/)
    t.match(err, /The prediction is drawn in .*check\.png\./)
    t.equal((await readFile(file)).subarray(1, 4).toString(), 'PNG')
    t.match(await call('--service', url, '--out', '/nowhere/check.png'), { code: 64, err: /\/nowhere\/check\.png cannot be written/ })
  })

  await t.test('without its token, and as JSON', async (t) => {
    const { code, out, err } = await call('--service', url, '--json')
    t.equal(code, 1)
    t.equal(err, '')
    const { ok, checks } = JSON.parse(out) as CheckReport
    t.equal(ok, false)
    t.match(checks[0], { id: 'service', state: 'failed', sentence: /answers at .*, but not to this \(This address needs the token of the service/, remedy: /API_TOKEN/ })
    t.ok(checks.length > 1, 'what can be looked at without it follows')
  })
})

t.test('a service that speaks HTTPS', async (t) => {
  const pair = makeSelfSignedCertificate()
  const dir = t.testdir({ 'cert.pem': pair.cert, 'key.pem': pair.key })
  const env = { TLS_CERT: join(dir, 'cert.pem'), TLS_KEY: join(dir, 'key.pem') }
  const { app } = await buildTestApp(t, { models: false, start: false, env })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  t.match(url, /^https:/)
  setEnvironment(t, { ...env, PORT: new URL(url).port })
  const { code, out } = await call()
  t.equal(code, 1)
  t.ok(out.startsWith(`failed   Service: The certificate of the service at ${url} does not do here (`), 'it is asked by the scheme of TLS_CERT')
  t.match(out, /NODE_EXTRA_CA_CERTS, and give the name that it was made for with --service/)
})

t.test('a service that is not up, and what is not the service', async (t) => {
  const { code, out } = await call('--service', nothing)
  t.equal(code, 1)
  t.match(out, /^failed {3}Service: The service does not answer at http:\/\/127\.0\.0\.1:\d+ \(nothing listens there\)\.\n {9}Start it/)
  const busy = await startLocalServer(t, (_request, response) => { response.writeHead(503).end('{"code":"POSE_ERR_OVERLOADED","message":"another check is running"}') })
  t.match((await call('--service', busy.origin)).out, /but not to this now \(another check is running\)\.\n {9}Try again/)
  const other = await startLocalServer(t, (_request, response) => { response.end('hello') })
  t.match((await call('--service', other.origin)).out, /^failed {3}Service: What answers at .* is not this service \(200\)/)
})

t.test('beside the service', async (t) => {
  const project = { id: 7, title: 'Street', label_config: '<View><Image name="image" value="$image"/></View>' }
  const { origin } = await startLabelStudioServer(t, {
    'GET /api/version': { release: '1.23.2' },
    'GET /api/current-user/whoami': { id: 1, email: 'anna@studio.example' },
    'GET /api/projects/7/': project,
    'GET /api/projects/7/model-versions/': {},
    'GET /api/ml': [],
    'GET /api/tasks': { total: 0, tasks: [] }
  })
  const { code, out } = await call('--service', nothing, '--url', `${origin}/`, '--token', '0123456789abcdef', '--project', '7')
  t.equal(code, 1)
  t.match(out, /ok {7}Token: Legacy token of anna@studio\.example\./)
  t.match(out, /failed {3}Project 7, connection: The project has no model connected\./)
  t.match(out, /skipped {2}Project 7, pictures: The project has no tasks yet\./)
  t.match(out, /skipped {2}Prediction: Only the running service predicts\./)
  t.notMatch(out, '0123456789abcdef')
})

t.test('wrong arguments', async (t) => {
  for (const [args, sentence] of [
    [['--project', 'street'], /--project street is not valid/], [['--url', 'studio:8080'], /--url is not valid/],
    [['--service', 'ftp://x'], /--service is not valid/], [['--colour'], /"check": .*--colour/], [['now'], /"check": .*now/]
  ] as const) t.match(await call(...args), { code: 64, out: '', err: sentence })
})

t.test('colours are for terminals', async (t) => {
  const lines = [{ id: 'token', title: 'Token', state: 'failed', sentence: 'There is no token.', remedy: 'Create one.' }] as const
  t.same(renderCheckReport(lines, false), ['failed   Token: There is no token.', '         Create one.'])
  t.same(renderCheckReport(lines, true), ['\x1b[31mfailed \x1b[0m  Token: There is no token.', '         Create one.'])
})

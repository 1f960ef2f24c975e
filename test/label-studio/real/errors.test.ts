/** Every error that a user can cause, in the real Label Studio, read from where the user meets it. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { errorTable, type ErrorName } from '../../../src/errors.ts'
import type { CheckLine, CheckReport } from '../../../src/check/check-report.ts'
import { checkTable, type CheckName } from '../../../src/check/check-sentences.ts'
import { isLabelStudioRefusal, type LabelStudioRefusal } from '../../../src/label-studio/client/label-studio-client.ts'
import { addMlBackend, readMlBackends } from '../../../src/label-studio/client/ml-backends.ts'
import { createProject } from '../../../src/label-studio/client/projects.ts'
import { addWebhook, readWebhooks, removeWebhook, updateWebhook } from '../../../src/label-studio/client/webhooks.ts'
import { labelStudioSentences, labelStudioSigns } from '../../../scripts/label-studio-sentences.ts'
import { callCli } from '../../factories/call-cli.ts'
import { startLocalServer } from '../../factories/local-server.ts'
import { makeSelfSignedCertificate } from '../../factories/self-signed-certificate.ts'
import { lacksLabelStudio, startLabelStudio, type LabelStudio } from './label-studio.ts'
import { connectProject, importPictures, readPredictions, retrievePredictions, uploadPictures } from './project.ts'
import { root, startService } from '../../factories/service-process.ts'

const figure = new Uint8Array(readFileSync(new URL('../../fixtures/drawn/figure-1.jpg', import.meta.url)))
const inTask = `data:image/jpeg;base64,${Buffer.from(figure).toString('base64')}`

/** A sentence with gaps (`…` or %s), as a pattern for where it appears. */
function pattern (sentence: string): RegExp {
  return new RegExp(sentence.split(/…|%s/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[\\s\\S]*?'))
}

const says = (name: ErrorName) => pattern(errorTable[name][1])
const found = (name: CheckName) => pattern(checkTable[name][2])

interface Checked extends CheckReport { code: number }

t.test('what goes wrong between Label Studio and this service', { skip: lacksLabelStudio(), timeout: 600_000 }, async (t) => {
  const studio = await startLabelStudio(t)
  const { client } = studio
  const connection = { LABEL_STUDIO_URL: studio.url, LABEL_STUDIO_API_KEY: studio.pat }
  const service = await startService(t, connection)
  const usual = { ...connection, MODE: 'starter', MODEL_FALLBACK: 'starter', RATE_LIMIT_MAX: '0', MAX_BODY_MB: '256' }

  /** `label-studio-rtmpose check --json`. @param env with it, a process of its own from the build, as a user runs it */
  async function check (args: readonly string[] = [], env?: Record<string, string>): Promise<Checked> {
    const words = ['check', '--json', '--service', service.url, ...args]
    const { code, out } = env === undefined ? await callCli(words) : await runBuilt(words, env)
    return { ...JSON.parse(out) as CheckReport, code }
  }

  /** The same where no service runs: what is wrong with address, certificate and token shows from there too, without a restart for each. */
  const checkBeside = (url: string, token: string, env?: Record<string, string>) => check(['--service', 'http://127.0.0.1:1', '--url', url, '--token', token], env)

  /** With other settings than usual. */
  async function restartService (changes: Record<string, string> = {}, until?: 'live'): Promise<void> {
    await service.stop()
    await service.start({ ...usual, ...changes }, until)
  }

  await t.test('all is well', async (t) => {
    const { id } = await connectProject(studio, service, 'All is well', 'wholebody133')
    await uploadPictures(studio, id, [{ name: 'figure.jpg', bytes: figure }])
    const file = join(t.testdir(), 'check.png')
    const report = await check(['--project', String(id), '--out', file], {})
    t.equal(report.code, 0)
    t.strictSame(report.checks.filter(({ state }) => state !== 'ok'), [])
    hasLine(t, report, 'connection', found('CONNECTION_OK'))
    hasLine(t, report, 'pictures', /Upload: .*, 640 x 800 pixels\./)
    hasLine(t, report, 'webhook', /1 arrived since the service started, the last \(TASKS_CREATED\)/)
    t.equal((await readFile(file)).subarray(1, 4).toString(), 'PNG', 'the prediction is drawn')
    t.notMatch(JSON.stringify(report), studio.pat, 'the token stands nowhere')
  })

  await t.test('a picture that is gone', async (t) => {
    const { id } = await connectProject(studio, service, 'Picture gone', 'body17')
    await importPictures(client, id, [`/data/upload/${id}/gone.jpg`, inTask])
    t.match(await retrievePredictions(client, id), pattern(labelStudioSigns.retrieved.says))
    t.equal((await readPredictions(client, { project: id })).length, 1, 'the other task has its prediction')
    t.match(service.log(), /"code":"POSE_ERR_SOURCE_[A-Z_]+".*gone\.jpg.*"msg":"no prediction for a task"/)
    const report = await check(['--project', String(id)])
    t.equal(report.code, 1)
    hasLine(t, report, 'pictures', /Upload: .*gone\.jpg/, 'failed')
    hasLine(t, report, 'refusals', /gone\.jpg/, 'warning')
  })

  await t.test('a labelling interface without keypoints', async (t) => {
    const { id } = await connectProject(studio, service, 'No points', '<View><Image name="image" value="$image"/><Choices name="weather" toName="image"><Choice value="sun"/></Choices></View>')
    await importPictures(client, id, [inTask])
    t.match(await retrievePredictions(client, id), pattern(labelStudioSigns.retrieved.says))
    t.equal((await readPredictions(client, { project: id })).length, 0)
    t.match(await studio.readLog(), /422 Client Error: The labelling interface has nothing this model can fill: .* for url: /, 'only the server log has the sentence')
    const report = await check(['--project', String(id)])
    hasLine(t, report, 'label-config', says('LABEL_CONFIG_UNMATCHED'), 'failed')
    hasLine(t, report, 'refusals', says('LABEL_CONFIG_UNMATCHED'), 'warning')
  })

  await t.test('webhooks', async (t) => {
    const { id } = await connectProject(studio, service, 'Webhooks', 'body17')
    const [own] = await readWebhooks(client, id)
    await updateWebhook(client, own!.id, { is_active: false })
    hasLine(t, await check(['--project', String(id)]), 'webhook', found('WEBHOOK_OFF'), 'warning')
    await removeWebhook(client, own!.id)
    hasLine(t, await check(['--project', String(id)]), 'webhook', found('WEBHOOK_NONE'), 'warning')
    await addWebhook(client, id, 'http://127.0.0.1:1/webhook')
    hasLine(t, await check(['--project', String(id)]), 'webhook', found('WEBHOOK_ELSEWHERE'), 'warning')
  })

  await t.test('a host that is not known, and another program', async (t) => {
    const { id } = await createProject(client, { title: 'Wrong address', label_config: '<View><Image name="image" value="$image"/></View>' })
    const unknown = await refusalOf(addMlBackend(client, { url: 'http://poses.invalid:9090', project: id }))
    t.match(textOf(unknown), pattern(labelStudioSentences.unknownHost.says))
    const other = await startLocalServer(t, (request, response) => { response.writeHead(request.url === '/health' ? 200 : 404, { 'content-type': 'application/json' }).end('{}') })
    t.match(textOf(await refusalOf(addMlBackend(client, { url: other.origin, project: id }))), pattern(labelStudioSentences.notValid.says))
    t.strictSame(await readMlBackends(client, id), [], 'nothing is stored')
    const report = await check(['--project', String(id)])
    hasLine(t, report, 'connection', found('CONNECTION_NONE'), 'failed')
  })

  await t.test('the address of Label Studio is wrong', async (t) => {
    for (const [url, sentence] of [['http://127.0.0.1:1', found('LABEL_STUDIO_PORT')], [service.url, found('LABEL_STUDIO_OTHER')], ['http://studio.invalid', found('LABEL_STUDIO_NAME')]] as const) {
      const report = await checkBeside(url, studio.pat)
      t.equal(report.code, 1)
      hasLine(t, report, 'label-studio', sentence, 'failed')
      hasLine(t, report, 'projects', found('PROJECTS_SKIPPED'), 'skipped')
    }
  })

  await t.test('a certificate that nobody trusts', async (t) => {
    const { key, cert } = makeSelfSignedCertificate()
    const proxy = await startLocalServer(t, (request, response) => {
      const onward = httpRequest(studio.url + request.url!, { method: request.method, headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers)
        answer.pipe(response)
      })
      request.pipe(onward)
    }, { key, cert })
    const url = `https://localhost:${proxy.port}`
    hasLine(t, await checkBeside(url, studio.pat), 'label-studio', found('LABEL_STUDIO_CERTIFICATE'), 'failed')
    const file = join(t.testdir(), 'authority.pem')
    await writeFile(file, cert)
    const report = await checkBeside(url, studio.pat, { NODE_EXTRA_CA_CERTS: file })
    hasLine(t, report, 'label-studio', found('LABEL_STUDIO_OK'))
    hasLine(t, report, 'token', found('TOKEN_OK'))
  })

  await t.test('tokens', async (t) => {
    for (const [token, sentence] of [
      ['0123456789abcdef0123456789abcdef01234567', pattern(`401: ${labelStudioSentences.wrongToken.says}`)],
      [`${studio.pat.slice(0, -3)}AAA`, pattern(`the personal access token cannot be exchanged, 401: ${labelStudioSentences.wrongSignature.says}`)],
      [await accessOf(studio), found('TOKEN_ACCESS')],
      [studio.token!, /Legacy token of /]
    ] as const) hasLine(t, await checkBeside(studio.url, token), 'token', sentence, null)
    const allowLegacy = (isAllowed: boolean) => client.call('POST', '/api/jwt/settings', { body: { api_tokens_enabled: true, legacy_api_tokens_enabled: isAllowed } })
    await allowLegacy(false)
    hasLine(t, await checkBeside(studio.url, studio.token!), 'token', pattern(labelStudioSentences.legacyOff.says), 'failed')
    await allowLegacy(true)
  })

  const { id: ordinaryId } = await connectProject(studio, service, 'Ordinary', 'body17')
  const ordinary = { id: ordinaryId, task: (await importPictures(client, ordinaryId, [inTask]))[0] }

  await t.test('a body that is too large', async (t) => {
    const { id } = await connectProject(studio, service, 'Large body', 'body17')
    await importPictures(client, id, Array.from({ length: 12 }, () => inTask))
    await restartService({ MAX_BODY_MB: '1' })
    t.match(await retrievePredictions(client, id), pattern(labelStudioSigns.retrieved.says))
    t.equal((await readPredictions(client, { project: id })).length, 0)
    t.match(await studio.readLog(), /413 Client Error: The request body is too large \(.*\)\. Send fewer tasks at once or raise MAX_BODY_MB\. for url: /)
    hasLine(t, await check(['--project', String(id)]), 'refusals', /The request body is too large/, 'warning')
  })

  await t.test('rate limited', async (t) => {
    const { id, task } = ordinary
    // Label Studio is exempt where its address is known.
    await restartService({ LABEL_STUDIO_URL: '', RATE_LIMIT_MAX: '2', RATE_LIMIT_WINDOW_S: '600' })
    for (let tries = 0; tries < 3; tries++) await readMlBackends(client, id)
    const [backend] = await readMlBackends(client, id)
    t.match(backend, { state: 'ER', error_message: /429 Client Error: Too many requests from this address .* for url: / })
    t.match(await client.call('POST', `/api/ml/${backend!.id}/interactive-annotating`, { body: { task, context: { result: [] } } }), { errors: [/429 Client Error: Too many requests/] }, 'the interface shows nothing of it')
    hasLine(t, await check(), 'refusals', /Too many requests from this address/, 'warning')
  })

  await t.test('no model', async (t) => {
    const { id, task } = ordinary
    await restartService({ MODE: 'balanced', MODEL_FALLBACK: 'none' }, 'live')
    const [backend] = await readMlBackends(client, id)
    t.match(backend, { state: 'ER', error_message: /503 Server Error: No model: .* for url: / })
    const interactive = await client.call('POST', `/api/ml/${backend!.id}/interactive-annotating`, { body: { task, context: { result: [] } } }) as { errors: string[] }
    t.match(interactive.errors[0], pattern(labelStudioSentences.errorForUrl.says))
    const refusal = await refusalOf(addMlBackend(client, { url: service.url, project: id, title: 'again' }))
    t.match(textOf(refusal), pattern(labelStudioSentences.notValid.says))
    t.match(textOf(refusal), /Reason: 503 Server Error: No model: /)
    const report = await check(['--project', String(id)])
    hasLine(t, report, 'model', says('MODEL_MISSING'), 'failed')
    hasLine(t, report, 'connection', /shows Error: 503, No model: /, 'failed')
    hasLine(t, report, 'prediction', says('MODEL_MISSING'), 'failed')
    t.match(service.log(), /without a model: No model: /)
  })

  await t.test('the service is down', async (t) => {
    const { id } = ordinary
    await service.stop()
    t.match(await retrievePredictions(client, id), pattern(labelStudioSigns.retrieved.says))
    t.equal((await readPredictions(client, { project: id })).length, 0)
    const [backend] = await client.call('GET', '/api/ml', { query: { project: id } }) as Array<{ readable_state: string }>
    t.match(backend, { readable_state: labelStudioSigns.disconnected.says })
    const refusal = await refusalOf(addMlBackend(client, { url: service.url, project: id, title: 'again' }))
    t.match(textOf(refusal), pattern(labelStudioSentences.cannotConnect.says))
    t.match(textOf(refusal), /Additional info: .*Connection refused/)
    const report = await check(['--project', String(id), '--url', studio.url, '--token', studio.pat])
    t.equal(report.code, 1)
    t.match(report.checks[0], { id: 'service', state: 'failed', sentence: found('SERVICE_DOWN') }, 'the first line says it')
    hasLine(t, report, 'connection', /Label Studio cannot reach this service \(.*: nothing listens there\)\./, 'failed')
    hasLine(t, report, 'label-config', /17 of 133 points/)
    await restartService()
    hasLine(t, await check(['--project', String(id)]), 'connection', found('CONNECTION_OK'))
  })

  await t.test('the protection against private addresses', async (t) => {
    const { id } = await connectProject(studio, service, 'Before the protection', 'body17')
    const restart = async (switches: { ML_BLOCK_LOCAL_IP: string, SSRF_PROTECTION_ENABLED: string }) => {
      await studio.stop()
      await studio.start(Object.fromEntries(Object.entries(switches).map(([name, value]) => [`LABEL_STUDIO_${name}`, value])))
    }

    await restart({ ML_BLOCK_LOCAL_IP: 'true', SSRF_PROTECTION_ENABLED: 'true' })
    const { id: fresh } = await createProject(client, { title: 'Behind the protection', label_config: '<View><Image name="image" value="$image"/></View>' })
    const refused = await refusalOf(addMlBackend(client, { url: service.url, project: fresh }))
    t.equal(refused.answer.status, 403)
    t.match(textOf(refused), pattern(labelStudioSentences.reservedAddress.says))
    t.strictSame(await readMlBackends(client, fresh), [], 'nothing is stored')
    hasLine(t, await check(['--project', String(id)]), 'connection', says('LABEL_STUDIO_BLOCKS_BACKEND').source.split('\\.')[0]!, 'failed')

    await restart({ ML_BLOCK_LOCAL_IP: 'false', SSRF_PROTECTION_ENABLED: 'true' })
    const trap = await refusalOf(addMlBackend(client, { url: service.url, project: fresh }))
    t.equal(trap.answer.status, 403)
    t.match(textOf(trap), pattern(labelStudioSentences.reservedAddress.says))
    t.equal((await readMlBackends(client, fresh)).length, 1, 'the row is stored all the same')
    t.strictSame(await readWebhooks(client, fresh), [], 'and there is no webhook')
    const report = await check(['--project', String(fresh)])
    hasLine(t, report, 'connection', found('CONNECTION_OK'))
    hasLine(t, report, 'webhook', found('WEBHOOK_NONE'), 'warning')
    t.match(textOf(await refusalOf(addWebhook(client, fresh, `${service.url}/webhook`))), pattern(labelStudioSentences.reservedAddress.says))
  })

  await t.test('another SECRET_KEY after a restart', async (t) => {
    await studio.stop()
    await studio.start({ SECRET_KEY: 'not-the-one-that-the-tokens-are-signed-with' })
    hasLine(t, await checkBeside(studio.url, studio.pat), 'token', new RegExp(`401: ${labelStudioSentences.wrongSignature.says}: .*SECRET_KEY`), 'failed')
  })
})

async function runBuilt (args: readonly string[], env: Record<string, string>): Promise<{ code: number, out: string }> {
  const { PATH, HOME } = process.env
  return await promisify(execFile)(process.execPath, ['dist/src/cli.js', ...args], { cwd: root, env: { PATH, HOME, ...env }, maxBuffer: 64 * 1024 * 1024 })
    .then(({ stdout }) => ({ code: 0, out: stdout }), ({ code, stdout }: { code: number, stdout: string }) => ({ code, out: stdout }))
}

/** @param state null: whatever it is */
function hasLine (t: Test, { checks }: CheckReport, id: string, sentence: RegExp | string, state: CheckLine['state'] | null = 'ok'): void {
  const lines = checks.filter((line) => line.id === id)
  const expected = typeof sentence === 'string' ? new RegExp(sentence) : sentence
  const line = lines.find((candidate) => expected.test(`${candidate.sentence} ${candidate.remedy ?? ''}`) && (state === null || candidate.state === state))
  t.ok(line, `${id}: ${expected.source.slice(0, 80)}`, { lines, expected: expected.source })
  if (line !== undefined && line.state !== 'ok' && line.state !== 'skipped' && !/LABEL_CONFIG|No model/.test(line.sentence)) t.ok(line.remedy !== undefined || /\. [A-Z]/.test(line.sentence), `${id}: it says what to do`)
}

async function refusalOf (work: Promise<unknown>): Promise<LabelStudioRefusal> {
  const error = await work.then(() => null, (error: unknown) => error)
  if (!isLabelStudioRefusal(error)) throw new Error('Label Studio did not refuse', { cause: error })
  return error
}

function textOf ({ answer }: LabelStudioRefusal): string {
  return typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body).replace(/\\"/g, '"')
}

async function accessOf ({ url, pat }: LabelStudio): Promise<string> {
  const answer = await fetch(`${url}/api/token/refresh/`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ refresh: pat }) })
  return (await answer.json() as { access: string }).access
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request as ask } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { startFileServer } from './factories/file-server.ts'
import { startLocalServer } from './factories/local-server.ts'
import { program } from './factories/program.ts'

const secret = (name: string) => `secret-${name}-0123456789`

t.test('no secret is in the log of a whole run, whatever its level', async (t) => {
  const pictures = await startFileServer(t, {})
  // Refuses every token, and repeats it, as servers do that want to help.
  const studio = await startLocalServer(t, (request, response) => { response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ detail: `not valid: ${request.headers.authorization}` })) })
  // So does the collector of traces, with what it was sent as header.
  let delivered = ''
  const collector = await startLocalServer(t, (request, response) => {
    delivered += request.headers.authorization
    request.setEncoding('latin1').on('data', (text: string) => { delivered += text }).on('end', () => { response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ message: `not valid: ${request.headers.authorization}` })) })
  })
  const child = spawn(process.execPath, program('src/server'), {
    env: {
      PATH: process.env['PATH'],
      HOME: t.testdir({}),
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'trace',
      MODE: 'starter',
      MODEL_DOWNLOAD: 'never',
      WORKERS: '1',
      API_TOKEN: secret('api'),
      BASIC_AUTH_USER: 'label-studio',
      BASIC_AUTH_PASS: secret('pass'),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${secret('collector')}`,
      LABEL_STUDIO_URL: studio.origin,
      LABEL_STUDIO_API_KEY: secret('key'),
      IMAGE_ORIGINS: pictures.origin,
      REDIS_URL: `redis://user:${secret('redis')}@127.0.0.1:1`
    },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { log += text })
  const ended = once(child, 'exit')
  t.teardown(() => { child.kill('SIGKILL') })
  while (!log.includes('Listening on')) {
    if (child.exitCode !== null) throw new Error(log)
    await sleep(50)
  }
  const port = Number(/Listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(log)![1])

  const basic = (password: string) => `Basic ${Buffer.from(`label-studio:${password}`).toString('base64')}`
  async function send (method: string, path: string, { headers = {}, body = '' }: { headers?: Record<string, string>, body?: string } = {}): Promise<number> {
    return await new Promise((resolve, reject) => {
      ask({ host: '127.0.0.1', port, method, path, headers: { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)), authorization: basic(secret('pass')), ...headers } }, (response) => {
        response.resume().on('end', () => { resolve(response.statusCode!) })
      }).on('error', reject).end(body)
    })
  }
  const bearer = { authorization: `Bearer ${secret('api')}` }
  const predict = (image: string) => JSON.stringify({
    tasks: [{ id: 1, data: { image } }],
    label_config: '<View><Image name="image" value="$image"/><KeyPointLabels name="k" toName="image"><Label value="nose"/></KeyPointLabels></View>',
    params: { login: 'somebody', password: secret('password') }
  })

  await send('GET', `/health?token=${secret('query')}`)
  t.equal(await send('GET', '/versions'), 200, 'user and password are taken')
  t.equal(await send('GET', '/versions', { headers: { authorization: basic(secret('wrong')) } }), 401)
  await send('GET', `/nowhere?token=${secret('query')}#x`)
  await send('GET', '/check', { headers: bearer })
  t.equal(await send('GET', '/check', { headers: { authorization: `Bearer ${secret('wrong')}` } }), 401)
  t.equal(await send('GET', '/jobs', { headers: { authorization: basic(secret('pass')) } }), 401, 'but are no API_TOKEN')
  await send('POST', '/jobs', { headers: bearer, body: '{"project": 1}' })
  await send('POST', '/setup', { body: JSON.stringify({ project: '1.2', schema: '', hostname: studio.origin, access_token: secret('handed-out') }) })
  for (const image of [`${pictures.origin}/gone.jpg?X-Amz-Signature=${secret('signature')}`, `http://user:${secret('userinfo')}@127.0.0.1:1/x.jpg`, '/data/upload/1/gone.jpg', `s3://bucket/x.jpg?${secret('signature')}`]) {
    await send('POST', '/predict', { body: predict(image) })
  }
  await send('POST', '/predict', { headers: { cookie: `session=${secret('cookie')}` }, body: `{"tasks": ["${secret('body')}` })
  await send('POST', '/webhook', { body: JSON.stringify({ action: 'ANNOTATION_CREATED', project: { id: 1, token: secret('body') }, annotation: { id: 1, result: [] } }) })
  await sleep(1000)
  child.kill('SIGTERM')
  await ended

  t.match(delivered, new RegExp(`Bearer ${secret('collector')}[^]*POST /predict`), 'the traces had their header')
  t.match(log, /traces cannot be sent/, 'and the log says that they were refused')
  t.match(log, /POSE_ERR_NOT_FOUND/)
  t.match(log, /POSE_ERR_SOURCE_NOT_FOUND/)
  const names = ['api', 'key', 'redis', 'query', 'wrong', 'pass', 'collector', 'password', 'handed-out', 'signature', 'userinfo', 'cookie', 'body']
  for (const name of names) t.notOk(log.includes(secret(name)), `${name} ${log.split('\n').find((line) => line.includes(secret(name)))?.slice(0, 500) ?? 'is in no line'}`)
  for (const name of ['pass', 'wrong']) t.notOk(log.includes(basic(secret(name)).slice(6)), `${name} as it is sent`)
  // What the collector gets leaves the process as well; the header, which is for it, comes before.
  const spans = delivered.replaceAll(`Bearer ${secret('collector')}`, '')
  for (const name of [...names.map(secret), ...['pass', 'wrong'].map((name) => basic(secret(name)).slice(6))]) t.notOk(spans.includes(name), `${name} is in no trace`)
})

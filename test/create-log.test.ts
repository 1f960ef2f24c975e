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

  async function send (method: string, path: string, { headers = {}, body = '' }: { headers?: Record<string, string>, body?: string } = {}): Promise<number> {
    return await new Promise((resolve, reject) => {
      ask({ host: '127.0.0.1', port, method, path, headers: { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)), ...headers } }, (response) => {
        response.resume().on('end', () => { resolve(response.statusCode!) })
      }).on('error', reject).end(body)
    })
  }
  const bearer = { authorization: `Bearer ${secret('api')}` }
  const basic = `Basic ${Buffer.from(`anyone:${secret('wrong')}`).toString('base64')}`
  const predict = (image: string) => JSON.stringify({
    tasks: [{ id: 1, data: { image } }],
    label_config: '<View><Image name="image" value="$image"/><KeyPointLabels name="k" toName="image"><Label value="nose"/></KeyPointLabels></View>',
    params: { login: 'somebody', password: secret('password') }
  })

  await send('GET', `/health?token=${secret('query')}`)
  await send('GET', `/nowhere?token=${secret('query')}#x`)
  await send('GET', '/check', { headers: bearer })
  t.equal(await send('GET', '/check', { headers: { authorization: `Bearer ${secret('wrong')}` } }), 401)
  t.equal(await send('GET', '/jobs', { headers: { authorization: basic } }), 401)
  await send('POST', '/jobs', { headers: bearer, body: '{"project": 1}' })
  await send('POST', '/setup', { body: JSON.stringify({ project: '1.2', schema: '', hostname: studio.origin, access_token: secret('handed-out') }) })
  for (const image of [`${pictures.origin}/gone.jpg?X-Amz-Signature=${secret('signature')}`, `http://user:${secret('userinfo')}@127.0.0.1:1/x.jpg`, '/data/upload/1/gone.jpg', `s3://bucket/x.jpg?${secret('signature')}`]) {
    await send('POST', '/predict', { body: predict(image) })
  }
  await send('POST', '/predict', { headers: { authorization: basic, cookie: `session=${secret('cookie')}` }, body: `{"tasks": ["${secret('body')}` })
  await send('POST', '/webhook', { body: JSON.stringify({ action: 'ANNOTATION_CREATED', project: { id: 1, token: secret('body') }, annotation: { id: 1, result: [] } }) })
  await sleep(1000)
  child.kill('SIGTERM')
  await ended

  t.match(log, /POSE_ERR_NOT_FOUND/)
  t.match(log, /POSE_ERR_SOURCE_NOT_FOUND/)
  const names = ['api', 'key', 'redis', 'query', 'wrong', 'password', 'handed-out', 'signature', 'userinfo', 'cookie', 'body']
  for (const name of names) t.notOk(log.includes(secret(name)), `${name} ${log.split('\n').find((line) => line.includes(secret(name)))?.slice(0, 500) ?? 'is in no line'}`)
  t.notOk(log.includes(basic.slice(6)))
})

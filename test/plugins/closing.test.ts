import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import t from 'tap'
import { startLocalServer } from '../factories/local-server.ts'
import { buildTestApp } from '../factories/test-app.ts'

interface Answer { status: number, phrase: string, headers: IncomingMessage['headers'], body: string }

function ask (url: string, { agent, payload }: { agent?: Agent, payload?: object } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: payload ? 'POST' : 'GET', headers: payload ? { 'content-type': 'application/json' } : {}, ...(agent && { agent }) }, (response) => {
      let body = ''
      response.on('data', (chunk) => { body += chunk }).on('end', () => {
        resolve({ status: response.statusCode!, phrase: response.statusMessage!, headers: response.headers, body })
      })
    }).on('error', reject)
    request.end(payload ? JSON.stringify(payload) : undefined)
  })
}

t.test('while it closes, accepted requests are answered and new ones told so', async (t) => {
  let asked = () => {}
  const isAsked = new Promise<void>((resolve) => { asked = resolve })
  const silent = await startLocalServer(t, () => { asked() })
  const { app } = await buildTestApp(t, { env: { IMAGE_ORIGINS: silent.origin, REQUEST_BUDGET_S: '1.5' } })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  t.equal((await ask(`${url}/ready`, { agent })).status, 200)

  const accepted = ask(`${url}/predict`, { payload: { tasks: [{ data: { image: `${silent.origin}/a.jpg` } }] } })
  await isAsked
  const closed = app.close()
  await new Promise((resolve) => setImmediate(resolve))

  const { status, body } = await accepted
  t.equal(status, 200, 'the accepted request has its answer')
  t.match(JSON.parse(body).results, [{ code: 'POSE_ERR_TIME_BUDGET' }])
  await closed
})

t.test('a request on an open connection while it closes', async (t) => {
  const { app, service } = await buildTestApp(t)
  service.beginClose()
  const answer = await app.inject('/ready')
  t.equal(answer.statusCode, 503)
  t.match(answer.json(), { code: 'POSE_ERR_SHUTTING_DOWN', message: /shutting down/ })
  t.match(answer.statusMessage, /shutting down/)
  t.equal((await app.inject('/health')).statusCode, 200)
  t.equal((await app.inject({ method: 'POST', url: '/predict', payload: { tasks: [] } })).statusCode, 503)
})

t.test('bodies have a bound together', async (t) => {
  const { app } = await buildTestApp(t, { models: false, env: { MAX_BODY_MB: '1' } })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const begun = [1, 2].map(() => {
    const request = httpRequest(`${url}/predict`, { method: 'POST', headers: { 'content-type': 'application/json', 'content-length': '1000000' } }).on('error', () => {})
    request.write('x'.repeat(999_000))
    return request
  })
  const send = async (path: string) => await ask(`${url}${path}`, { payload: { action: 'X', schema: '', filler: 'x'.repeat(200_000) } })
  const isTaken = async () => JSON.parse((await send('/setup')).body).code !== 'POSE_ERR_OVERLOADED'
  while (await isTaken()) await new Promise((resolve) => setTimeout(resolve, 10))
  t.match(JSON.parse((await send('/setup')).body), { code: 'POSE_ERR_OVERLOADED', message: /MAX_BODY_MB/ })
  t.match(await send('/webhook'), { status: 200, body: /not counted.*MAX_BODY_MB/ }, 'an event is answered all the same')
  t.equal((await ask(`${url}/health`)).status, 200)
  for (const request of begun) request.destroy()
  while (!await isTaken()) await new Promise((resolve) => setTimeout(resolve, 10))
  t.pass('their bytes are given back')
})

t.test('a client that leaves while its body arrives is not served', async (t) => {
  let fetched = 0
  const pictures = await startLocalServer(t, (_request, response) => { fetched++; response.writeHead(404).end() })
  const { app, service } = await buildTestApp(t, { env: { IMAGE_ORIGINS: pictures.origin } })
  const { predict } = service
  const predicted = new Promise<void>((resolve) => {
    service.predict = async (request, signal, answer) => {
      t.equal(signal.aborted, true, 'it is known that nobody waits')
      t.match(answer.take(1), /nobody waits/, 'and no memory is kept for the answer')
      return await predict(request, signal, answer).finally(resolve)
    }
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  // Over half a megabyte, so that another thread parses it while the client leaves.
  const body = JSON.stringify({ tasks: Array.from({ length: 20 }, (_, i) => ({ data: { image: `${pictures.origin}/${i}.jpg` }, filler: 'x'.repeat(200_000) })) })
  const request = httpRequest(`${url}/predict`, { method: 'POST', headers: { 'content-type': 'application/json', 'content-length': String(body.length) } }).on('error', () => {})
  request.end(body, () => { request.destroy() })
  await predicted
  t.equal(fetched, 0)
})

import t, { type Test } from 'tap'
import { createAccessToken } from '../../../src/label-studio/access-token.ts'
import { createLabelStudioClient } from '../../../src/label-studio/client/label-studio-client.ts'
import { startLocalServer } from '../../factories/local-server.ts'
import { makeSelfSignedCertificate } from '../../factories/self-signed-certificate.ts'

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const personal = `${encode({ alg: 'HS256' })}.${encode({ token_type: 'refresh', jti: 'a' })}.signature`

/** With a personal access token, whose exchange is the first thing that can fail. */
function clientOf (t: Pick<Test, 'teardown'>, url: string) {
  const client = createLabelStudioClient({ url, token: createAccessToken({ url, key: personal }) })
  t.teardown(() => client.close())
  return client
}

t.test('a failed exchange of the token is told as what it is: Label Studio is not reached', async (t) => {
  const whoami = (url: string) => clientOf(t, url).call('GET', '/api/current-user/whoami')
  await t.rejects(whoami('http://127.0.0.1:1'), { code: 'POSE_ERR_LABEL_STUDIO_UNREACHABLE', message: /127\.0\.0\.1:1: nothing listens there/ })

  const broken = await startLocalServer(t, (_, response) => { response.writeHead(502).end() })
  await t.rejects(whoami(broken.origin), { code: 'POSE_ERR_LABEL_STUDIO_UNREACHABLE', message: /answered 502/ })

  const other = await startLocalServer(t, (_, response) => { response.writeHead(404).end() })
  await t.rejects(whoami(other.origin), { code: 'POSE_ERR_LABEL_STUDIO_ANSWER', message: /no personal access tokens \(404\)/ })

  const encrypted = await startLocalServer(t, (_, response) => { response.end() }, makeSelfSignedCertificate())
  await t.rejects(whoami(encrypted.origin), { code: 'POSE_ERR_LABEL_STUDIO_UNREACHABLE', message: /certificate is not trusted .*NODE_EXTRA_CA_CERTS/ })
})

t.test('a body in pieces comes whole, with its length said ahead, also when the token is renewed in between', async (t) => {
  const bodies: string[] = []
  const access = () => `${encode({ alg: 'HS256' })}.${encode({ exp: Date.now() / 1000 + 300, n: bodies.length })}.signature`
  const server = await startLocalServer(t, (request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => { body += text }).on('end', () => {
      if (request.url === '/api/token/refresh/') { response.end(JSON.stringify({ access: access() })); return }
      bodies.push(body)
      response.writeHead(bodies.length === 1 ? 401 : 201).end('{"created":2}')
    })
  })
  const long = 'ä'.repeat(200_000)
  t.same(await clientOf(t, server.origin).call('POST', '/import', { json: ['[', `"${long}"`, `,"${long}"`, ']'] }), { created: 2 })
  t.equal(bodies.length, 2, 'refused once')
  for (const body of bodies) t.strictSame(JSON.parse(body), [long, long])
  for (const { headers } of server.requests.filter(({ url }) => url === '/import')) t.match(headers, { 'content-length': String(Buffer.byteLength(JSON.stringify([long, long]))), 'transfer-encoding': undefined })
})

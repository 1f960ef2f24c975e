import { createServer } from 'node:net'
import t, { type Test } from 'tap'
import { checkLabelStudio } from '../../src/check/check-label-studio.ts'
import { startLocalServer, type Answer } from '../factories/local-server.ts'
import { makeSelfSignedCertificate } from '../factories/self-signed-certificate.ts'

const never = new AbortController().signal
const look = (url: string, options: Parameters<typeof checkLabelStudio>[2] = {}) => checkLabelStudio(url, never, { inContainer: false, ...options })

/** The findings where a server answers so. */
async function lookAt (t: Test, answer: Answer, tls?: Parameters<typeof startLocalServer>[2]) {
  const { origin } = await startLocalServer(t, answer, tls)
  return { origin, ...await look(origin) }
}

const json = (body: unknown, headers: Record<string, string> = {}): Answer => (_request, response) => { response.writeHead(200, headers).end(JSON.stringify(body)) }

t.test('Label Studio is there', async (t) => {
  const { lines, isThere, origin } = await lookAt(t, json({ release: '1.23.2' }))
  t.equal(isThere, true)
  t.strictSame(lines.map(({ id, state }) => [id, state]), [['label-studio', 'ok'], ['release', 'ok'], ['clocks', 'ok']])
  t.match(lines[0], { sentence: `Label Studio answers at ${origin}.` })
})

t.test('releases', async (t) => {
  for (const [release, state] of [['1.19.3', 'failed'], ['0.99', 'failed'], ['1.20.0', 'ok'], ['1.23.9', 'ok'], ['1.24.0.dev0', 'warning'], ['2.0.0', 'warning'], ['nightly', 'warning']] as const) {
    t.match((await lookAt(t, json({ release }))).lines[1], { id: 'release', state }, release)
  }
})

t.test('clocks', async (t) => {
  for (const [seconds, state, words] of [[0, 'ok', 'less than 30 s'], [-20, 'ok', 'less than 30 s'], [600, 'warning', /(599|600|601) s ahead of/], [-600, 'warning', /(599|600|601) s behind/]] as const) {
    const { lines } = await lookAt(t, (_request, response) => { response.writeHead(200, { date: new Date(Date.now() + seconds * 1000).toUTCString() }).end('{"release":"1.23.2"}') })
    t.match(lines[2], { id: 'clocks', state, sentence: words })
  }
  const { lines } = await lookAt(t, (_request, response) => {
    response.sendDate = false
    response.end('{"release":"1.23.2"}')
  })
  t.match(lines[2], { id: 'clocks', state: 'skipped' })
})

t.test('something else is there', async (t) => {
  for (const [answer, sentence] of [
    [(_request, response) => { response.end('<!doctype html><title>hello</title>') }, /no Label Studio \(200, a web page\)/],
    [json({ status: 'ok' }), /no Label Studio \(200, another answer\)/],
    [(_request, response) => { response.writeHead(404).end('nothing') }, /no Label Studio \(404, another answer\)/],
    [(_request, response) => { response.writeHead(301, { location: 'https://studio.example/api/version' }).end() }, /sends its callers on to https:\/\/studio\.example/],
    [(_request, response) => { response.writeHead(400).end('<html>The plain HTTP request was sent to HTTPS port</html>') }, /does not speak plain HTTP \(it wants TLS\)/]
  ] as Array<[Answer, RegExp]>) {
    const { lines, isThere } = await lookAt(t, answer)
    t.equal(isThere, false)
    t.equal(lines.length, 1)
    t.match(lines[0], { id: 'label-studio', state: 'failed', sentence, remedy: /LABEL_STUDIO_URL/ })
  }
})

t.test('nothing is there', async (t) => {
  const only = async (url: string, options?: Parameters<typeof look>[1]) => (await look(url, options)).lines[0]
  t.match(await only('http://127.0.0.1:1'), { state: 'failed', sentence: 'Nothing listens at http://127.0.0.1:1.' })
  t.match(await only('http://localhost:1', { inContainer: true }), { sentence: /this is a container, where localhost is the container itself/, remedy: /host\.docker\.internal/ })
  t.match(await only('http://localhost:1'), { sentence: 'Nothing listens at http://localhost:1.' }, 'outside of a container that is no explanation')
  t.match(await only('http://studio.invalid:8080'), { sentence: 'The host name of http://studio.invalid:8080 is not known here.' })

  const silent = await startLocalServer(t, () => {})
  t.match(await only(silent.origin, { timeoutMs: 200 }), { sentence: `${silent.origin} does not answer: no answer in 0.2 s.` })

  const broken = createServer((socket) => { socket.end('220 mail server\r\n') })
  await new Promise<void>((resolve) => broken.listen(0, '127.0.0.1', resolve))
  t.teardown(() => { broken.close() })
  t.match(await only(`http://127.0.0.1:${(broken.address() as { port: number }).port}`), { sentence: /does not speak plain HTTP/ })
})

t.test('certificates', async (t) => {
  const { port } = await startLocalServer(t, json({ release: '1.23.2' }), makeSelfSignedCertificate())
  t.match((await look(`https://localhost:${port}`)).lines[0], { state: 'failed', sentence: /is not trusted here \(DEPTH_ZERO_SELF_SIGNED_CERT\)/, remedy: /NODE_EXTRA_CA_CERTS/ })
  const plain = await startLocalServer(t, json({ release: '1.23.2' }))
  t.match((await look(plain.origin.replace('http:', 'https:'))).lines[0], { state: 'failed', sentence: /does not speak TLS/, remedy: /http:\/\/ or https:\/\// })
})

t.test('a check that is called off', async (t) => {
  const silent = await startLocalServer(t, () => {})
  await t.rejects(checkLabelStudio(silent.origin, AbortSignal.timeout(50)), { code: 'POSE_ERR_CANCELLED' })
})

import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { startLocalServer } from '../factories/local-server.ts'
import { makePictureLoader } from '../factories/picture-loader.ts'
import { makeSelfSignedCertificate } from '../factories/self-signed-certificate.ts'

const run = promisify(execFile)
const certificate = makeSelfSignedCertificate()
const script = fileURLToPath(new URL('fixtures/load-over-tls.ts', import.meta.url))

t.test('a certificate nobody vouches for is refused with the remedy, at once', async (t) => {
  const server = await startLocalServer(t, (_request, response) => { response.end('picture') }, certificate)
  const { load } = makePictureLoader(t, { imageOrigins: [server.origin] })
  await t.rejects(load(`${server.origin}/x.jpg`), { code: 'POSE_ERR_SOURCE_FAILED', message: /certificate is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\).*NODE_EXTRA_CA_CERTS/ })
  t.same([server.requests.length, server.connections.opened], [0, 1])
})

t.test('with NODE_EXTRA_CA_CERTS it is trusted, for the names it holds', async (t) => {
  const server = await startLocalServer(t, (_request, response) => { response.end('picture') }, certificate)
  const authority = join(t.testdir(), 'authority.pem')
  writeFileSync(authority, certificate.cert)
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: authority }
  const { stdout } = await run(process.execPath, ['--import', 'tsx', script, String(server.port)], { env })
  const [named, guarded, unnamed] = stdout.split('\n')
  t.equal(named, '7 bytes')
  t.equal(guarded, '7 bytes', 'over the socket that was checked first')
  t.match(unnamed, /POSE_ERR_SOURCE_FAILED .*certificate does not fit \(ERR_TLS_CERT_ALTNAME_INVALID\)/)
})

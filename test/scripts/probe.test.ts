import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer as createSecureServer } from 'node:https'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { makeSelfSignedCertificate } from '../factories/self-signed-certificate.ts'

/** Exit code of the container's own check. */
async function probe (t: Test, server: Server | null, env: Record<string, string> = {}): Promise<number> {
  let port = 1
  if (server !== null) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => { server.close() })
    port = (server.address() as AddressInfo).port
  }
  const child = spawn(process.execPath, [fileURLToPath(new URL('../../scripts/probe.mjs', import.meta.url))], { env: { PORT: String(port), ...env }, stdio: 'ignore' })
  const [code] = await once(child, 'exit') as [number]
  return code
}

t.test('the check of the container follows /health', async (t) => {
  const answer = (status: number) => createServer((request, response) => { response.writeHead(request.url === '/health' ? status : 404).end() })
  t.equal(await probe(t, answer(200)), 0)
  t.equal(await probe(t, answer(500)), 1)
  t.equal(await probe(t, null), 1, 'nobody listens')
})

t.test('over HTTPS too, whatever name the certificate has', async (t) => {
  const { cert, key } = makeSelfSignedCertificate()
  const file = join(t.testdir({}), 'cert.pem')
  await writeFile(file, cert)
  t.equal(await probe(t, createSecureServer({ cert, key }, (_request, response) => { response.end() }), { TLS_CERT: file }), 0)
})

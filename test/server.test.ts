import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('../', import.meta.url))

/** The service as `npm run dev` runs it, until it ends by itself. */
async function start (env: Record<string, string>): Promise<{ code: number | null, out: string, err: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/server.ts'], { cwd: root, env: { PATH: process.env['PATH'], HOME: tmpdir(), PORT: '0', MODEL_DOWNLOAD: 'never', ...env } })
  const killer = setTimeout(() => child.kill('SIGKILL'), 60_000)
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  clearTimeout(killer)
  return { code: child.exitCode, out, err }
}

t.test('a wrong configuration ends the start with one sentence', async (t) => {
  // What else is wrong is listed in config.test.ts; these two passed the schema and failed later.
  for (const [name, value] of [['TRUST_PROXY', 'proxy.example'], ['LABEL_STUDIO_URL', 'http://[::1']] as const) {
    const { code, out, err } = await start({ [name]: value })
    t.equal(code, 78, name)
    t.equal(out, '', name)
    t.ok(err.startsWith(`${name}=${value} is not valid: allowed is `), err)
    t.equal(err.trim().split('\n').length, 1, `${name}: no stack`)
  }
})

t.test('what nobody expected ends the start with its stack', { skip: process.platform === 'linux' ? false : 'needs a file that is there, but cannot be read' }, async (t) => {
  const { code, out, err } = await start({ DETECTOR_MODEL: '/proc/self/mem' })
  t.equal(code, 1)
  t.equal(err, '')
  const entries = out.trim().split('\n').map((line) => JSON.parse(line) as { level: number, msg: string, err?: { stack: string } })
  t.match(entries.at(-1), { level: 60, msg: 'the service cannot start', err: { stack: /EIO.*/ } })
})

t.test('a port in use is named', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const dir = await mkdtemp(join(tmpdir(), 'pose-test-'))
  t.teardown(async () => {
    other.close()
    await rm(dir, { recursive: true })
  })
  const { port } = other.address() as AddressInfo
  const { code, out } = await start({ PORT: String(port), MODEL_DIR: dir })
  t.equal(code, 1)
  t.match(out, `Port ${port} is in use`)
})

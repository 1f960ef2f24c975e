import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { replicaTls } from './deploy-certificates.ts'
import { freePort } from './free-port.ts'
import { program } from './program.ts'

export interface Replica {
  port: number
  /** Everything it has logged. */
  log (): string
}

/**
 * The service in a process of its own, as docker-compose.prod.yml starts it: behind a balancer, with the certificates of
 * `dir`, and trusting their authority (Node reads it at its start). Starter models. Ended when the test ends, with exit code 0 or the
 * test fails.
 */
export async function startReplica (t: Pick<Test, 'teardown'>, dir: string, env: Record<string, string> = {}): Promise<Replica> {
  const port = await freePort()
  const models = await mkdtemp(join(tmpdir(), 'replica-test-'))
  const child = spawn(process.execPath, program('src/server'), {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    env: { PATH: process.env['PATH'], HOME: models, MODEL_DIR: models, PORT: String(port), MODE: 'starter', WORKERS: '1', MODEL_DOWNLOAD: 'never', TRUST_PROXY: '127.0.0.1', ...replicaTls(dir), NODE_EXTRA_CA_CERTS: join(dir, 'certificates/trust/authority.pem'), ...env }
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { log += text })
  t.teardown(async () => {
    const ended = child.exitCode === null ? once(child, 'exit') : null
    child.kill('SIGTERM')
    await ended
    await rm(models, { recursive: true, force: true })
    if (child.exitCode !== 0) throw new Error(`the replica ended with ${child.exitCode}: ${log}`)
  })
  for (let tries = 0; !log.includes('Listening on'); tries++) {
    if (tries === 600 || child.exitCode !== null) throw new Error(`the replica did not start: ${log}`)
    await sleep(100)
  }
  return { port, log: () => log }
}

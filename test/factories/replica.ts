import { join } from 'node:path'
import type { Test } from 'tap'
import { replicaTls } from './deploy-certificates.ts'
import { startService, type Service } from './service-process.ts'

/**
 * The built service in a process of its own, as docker-compose.prod.yml starts it: behind a balancer, with the certificates of
 * `dir`, and trusting their authority (Node reads it at its start). Starter models, one worker.
 */
export async function startReplica (t: Pick<Test, 'teardown'>, dir: string, env: Readonly<Record<string, string>> = {}): Promise<Service> {
  return await startService(t, { NODE_ENV: 'production', WORKERS: '1', TRUST_PROXY: '127.0.0.1', ...replicaTls(dir), NODE_EXTRA_CA_CERTS: join(dir, 'certificates/trust/authority.pem'), ...env })
}

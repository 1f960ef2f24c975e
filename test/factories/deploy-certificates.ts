import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const script = fileURLToPath(new URL('../../deploy/certificates/make.sh', import.meta.url))

/**
 * Runs deploy/certificates/make.sh for `dir`/certificates.
 * @param before a program that starts it, with its arguments
 * @returns what it has printed
 */
export async function makeDeployCertificates (dir: string, env: Record<string, string> = {}, before: readonly string[] = []): Promise<string> {
  const [program, ...args] = [...before, 'sh', script, join(dir, 'certificates')]
  const { stdout, stderr } = await run(program!, args, { env: { ...process.env, ...env } })
  return stdout + stderr
}

/** The settings of a replica behind the balancer: HTTPS, for callers with a certificate of the same authority. */
export function replicaTls (dir: string): { TLS_CERT: string, TLS_KEY: string, TLS_CLIENT_CA: string } {
  const folder = join(dir, 'certificates', 'replica')
  return { TLS_CERT: join(folder, 'certificate.pem'), TLS_KEY: join(folder, 'key.pem'), TLS_CLIENT_CA: join(folder, 'authority.pem') }
}

import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { freePort } from './free-port.ts'

const source = fileURLToPath(new URL('../../deploy/nginx/', import.meta.url))

export interface Nginx {
  port: number
  pid: number
  /** Lines of its access log so far, oldest first. `servers` and `statuses` are comma-separated, one entry for each try. */
  log (): Promise<Array<{ path: string, status: number, request: string, client: string, servers: string, statuses: string }>>
  /** What it has complained about so far. */
  errors (): Promise<string>
}

export interface NginxOptions {
  /** Holds `certificates/`, as deploy/certificates/make.sh has written it; the configuration is copied beside it. */
  dir: string
  /** Ports of 127.0.0.1: of the replicas, or of Label Studio. */
  ports: number[]
  /** Seconds between two looks for new certificates. */
  lookSeconds?: number
  /** All times that it waits for an answer are so many times shorter: nobody waits two minutes for a test. */
  haste?: number
}

/** Why tests with a real nginx cannot run here, or false: for tap's `skip`. */
export function lacksNginx (): string | false {
  for (const [program, argument] of [['nginx', '-v'], ['openssl', 'version']] as const) {
    if (spawnSync(program, [argument], { env: withSbin() }).error !== undefined) return `needs ${program} (Debian: apt-get install ${program})`
  }
  return false
}

/**
 * A real nginx with the files of deploy/nginx, in which address and port to listen on and the servers behind it are exchanged and,
 * where it shall haste, its times, and nothing else. Ended at the end of the test.
 */
export async function startNginx (t: Pick<Test, 'teardown'>, part: 'balancer' | 'label-studio', { dir, ports, lookSeconds = 3600, haste = 1 }: NginxOptions): Promise<Nginx> {
  const port = await freePort()
  const prefix = join(dir, `run-${part}/`)
  await Promise.all([cp(source, join(dir, 'nginx'), { recursive: true }), mkdir(prefix, { recursive: true })])
  await writeFile(join(dir, 'nginx', part, 'listen.conf'), `listen 127.0.0.1:${port} ssl;\n`)
  const servers = join(dir, 'nginx', part, part === 'balancer' ? 'replicas.conf' : 'server.conf')
  // With the settings that the first of them has.
  const [, settings] = /^server \S+?( [^;]+)?;$/m.exec(await readFile(servers, 'utf8'))!
  await writeFile(servers, ports.map((one) => `server 127.0.0.1:${one}${settings ?? ''};\n`).join(''))

  const file = join(dir, 'nginx', part, 'nginx.conf')
  await writeFile(file, (await readFile(file, 'utf8')).replace(/(proxy_(?:read|next_upstream)_timeout) (\d+)s;/g, (_all, name: string, seconds: string) => `${name} ${Math.round(Number(seconds) * 1000 / haste)}ms;`))

  // A file: nginx cannot open the socket that a piped output is here as /dev/stdout.
  const [out, err] = await Promise.all(['access.log', 'error.log'].map((name) => open(join(prefix, name), 'a')))
  const child = spawn('sh', [join(dir, 'nginx', 'start.sh'), join(dir, 'nginx', part), join(dir, 'certificates', part), prefix, String(lookSeconds)],
    { stdio: ['ignore', out!.fd, err!.fd], env: withSbin(), detached: true })
  await Promise.all([out!.close(), err!.close()])
  t.teardown(() => end(child))
  const errors = () => readFile(join(prefix, 'error.log'), 'utf8')
  for (let tries = 0; !await isOpen(port); tries++) {
    if (child.exitCode !== null || tries === 100) throw new Error(`nginx did not start: ${await errors()}`)
    await sleep(50)
  }
  return {
    port,
    pid: child.pid!,
    errors,
    async log () {
      const text = await readFile(join(prefix, 'access.log'), 'utf8')
      return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Awaited<ReturnType<Nginx['log']>>[number])
    }
  }
}

/** nginx and the loop beside it that looks for certificates: one group of processes. */
async function end (child: ChildProcess): Promise<void> {
  const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null
  try {
    process.kill(-child.pid!, 'SIGTERM')
  } catch { /* all of them have ended */ }
  await ended
}

async function isOpen (port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true) }).on('error', () => { resolve(false) })
  })
}

/** Debian keeps nginx where only root looks. */
function withSbin (): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` }
}

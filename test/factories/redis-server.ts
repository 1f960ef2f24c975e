import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { freePort } from './free-port.ts'

const deploy = fileURLToPath(new URL('../../deploy/redis/', import.meta.url))

export interface RedisServer {
  url: string
  port: number
  /** To the present process: SIGSTOP makes it hang, SIGCONT go on. */
  signal (signal: 'SIGSTOP' | 'SIGCONT'): void
  /** @param signal SIGKILL: as a machine that loses its power */
  stop (signal?: NodeJS.Signals): Promise<void>
  /** On the same port, with the data that it has written. */
  start (): Promise<void>
}

/** Why tests with a real Redis cannot run here, or false: for tap's `skip`. */
export function lacksRedis (): string | false {
  return spawnSync('redis-server', ['--version']).error === undefined ? false : 'needs redis-server (Debian: apt-get install redis-server)'
}

/** A Redis of its own on a free port of 127.0.0.1, which writes every change to disk; ended and removed at the end of the test. */
export async function startRedis (t: Pick<Test, 'teardown'>): Promise<RedisServer> {
  const port = await freePort()
  const run = (data: string) => spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--dir', data, '--save', '', '--appendonly', 'yes', '--appendfsync', 'always', '--daemonize', 'no'], { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  return { url: `redis://127.0.0.1:${port}`, port, ...await supervise(t, run) }
}

export interface EncryptedRedisOptions {
  /** Seconds between two looks for a new certificate. */
  lookSeconds?: number
}

/** Redis as deploy/redis starts it: encrypted, with a password, the certificate of `dir`/certificates. */
export async function startEncryptedRedis (t: Pick<Test, 'teardown'>, dir: string, { lookSeconds = 3600 }: EncryptedRedisOptions = {}): Promise<RedisServer> {
  const port = await freePort()
  const password = 'a1B2c3D4e5F6a1B2c3D4e5F6'
  const run = (data: string) => spawn('sh', [join(deploy, 'start.sh'), join(deploy, 'redis.conf'), join(dir, 'certificates/redis'), data, String(port), String(lookSeconds)],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, REDIS_PASSWORD: password }, detached: true })
  return { url: `rediss://:${password}@localhost:${port}`, port, ...await supervise(t, run) }
}

/** @param run starts it, with what stands beside it in the same group of processes, with its data in that folder */
async function supervise (t: Pick<Test, 'teardown'>, run: (data: string) => ChildProcess): Promise<Pick<RedisServer, 'start' | 'stop' | 'signal'>> {
  const data = await mkdtemp(join(tmpdir(), 'redis-test-'))
  let child: ChildProcess | null = null

  async function start (): Promise<void> {
    child = run(data)
    for await (const chunk of child.stdout!) if (String(chunk).includes('Ready to accept connections')) break
    child.stdout!.resume()
  }

  async function stop (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    process.kill(-child.pid!, signal)
    await ended
  }

  t.teardown(async () => {
    await stop()
    await rm(data, { recursive: true, force: true })
  })
  await start()
  return { start, stop, signal: (signal) => { child?.kill(signal) } }
}

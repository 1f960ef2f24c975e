/** The built service as a process of its own, as a user runs it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { Agent, fetch } from 'undici'
import { buildProgram } from './build-program.ts'
import { freePort } from './free-port.ts'

export const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Service {
  url: string
  port: number
  /** Of the process that was started last. */
  readonly pid: number
  readonly isRunning: boolean
  /** Everything it has logged since it was started first, a JSON object per line. */
  log (): string
  /** Ends it with SIGTERM. @returns exit code */
  stop (): Promise<number | null>
  /** Sends a signal and does not wait. */
  signal (signal: NodeJS.Signals): void
  /** Resolves when it has ended, with the exit code; null: a signal has ended it. */
  ended (): Promise<number | null>
  /** Ends it with SIGKILL. */
  kill (): Promise<void>
  /**
   * Again on the same port.
   * @param env replaces or adds to what it was started with
   * @param until live: without waiting for the models, which may be missing
   */
  start (env?: Readonly<Record<string, string>>, until?: 'ready' | 'live'): Promise<void>
}

/** Whoever started it need not look at its certificate. */
const dispatcher = new Agent({ connect: { rejectUnauthorized: false } })

/**
 * Starts it with the starter models and waits until it can take pictures; ended when the test ends, with exit code 0 or the test fails.
 * @param until live: without waiting for the models, which may be missing
 */
export async function startService (t: Pick<Test, 'teardown'>, env: Readonly<Record<string, string>> = {}, until: 'ready' | 'live' = 'ready'): Promise<Service> {
  await buildProgram()
  const modelDir = await mkdtemp(join(tmpdir(), 'pose-test-'))
  const port = await freePort()
  const url = `${env['TLS_CERT'] === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
  let settings: Record<string, string> = { MODE: 'starter', MODEL_DOWNLOAD: 'never', MODEL_DIR: modelDir, HOST: '127.0.0.1', RATE_LIMIT_MAX: '0', ...env, PORT: String(port) }
  let child: ChildProcess | null = null
  let log = ''

  async function start (changes: Readonly<Record<string, string>> = {}, until: 'ready' | 'live' = 'ready'): Promise<void> {
    settings = { ...settings, ...changes }
    const from = log.length
    const started = spawn(process.execPath, ['--enable-source-maps', 'dist/src/server.js'], { cwd: root, env: { PATH: process.env['PATH'], HOME: tmpdir(), ...settings }, stdio: ['ignore', 'pipe', 'pipe'] })
    child = started
    for (const stream of [started.stdout, started.stderr]) stream.on('data', (chunk: Buffer) => { log += chunk.toString() })
    for (let tries = 0; tries < 600; tries++) {
      if (await fetch(`${url}/${until}`, { dispatcher }).then((answer) => answer.ok, () => false)) return
      if (hasEnded(started)) break
      await sleep(100)
    }
    throw new Error(`the service did not become ready:\n${log.slice(from)}`)
  }

  function isRunning (): boolean {
    return child !== null && !hasEnded(child)
  }

  function signal (name: NodeJS.Signals): void {
    if (isRunning()) child!.kill(name)
  }

  async function ended (): Promise<number | null> {
    if (isRunning()) await once(child!, 'exit')
    return child?.exitCode ?? null
  }

  async function stop (name: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    signal(name)
    return await ended()
  }

  t.teardown(async () => {
    const wasRunning = isRunning()
    const code = await stop()
    await rm(modelDir, { recursive: true, force: true })
    if (wasRunning && code !== 0) throw new Error(`the service ended with ${code}:\n${log.slice(-10_000)}`)
  })
  await start({}, until)
  return { url, port, get pid () { return child!.pid! }, get isRunning () { return isRunning() }, log: () => log, stop: () => stop(), signal, ended, async kill () { await stop('SIGKILL') }, start }
}

function hasEnded ({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

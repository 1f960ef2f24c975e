/** The built service as a process of its own, as a user runs it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { buildProgram } from '../../factories/build-program.ts'

export const root = fileURLToPath(new URL('../../../', import.meta.url))

export interface Service {
  url: string
  port: number
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

/** Starts it with the starter models and waits until it can take pictures (or, until `live`, only answers); ended when the test ends. */
export async function startService (t: Pick<Test, 'teardown'>, env: Readonly<Record<string, string>> = {}, until: 'ready' | 'live' = 'ready'): Promise<Service> {
  await buildProgram()
  const modelDir = await mkdtemp(join(tmpdir(), 'pose-test-'))
  let settings: Record<string, string> = { MODE: 'starter', MODEL_DOWNLOAD: 'never', MODEL_DIR: modelDir, HOST: '127.0.0.1', PORT: '0', RATE_LIMIT_MAX: '0', ...env }
  let child: ChildProcess | null = null
  let log = ''

  async function start (changes: Readonly<Record<string, string>> = {}, until: 'ready' | 'live' = 'ready'): Promise<string> {
    settings = { ...settings, ...changes }
    const from = log.length
    const started = spawn(process.execPath, ['--enable-source-maps', 'dist/src/server.js'], { cwd: root, env: { PATH: process.env['PATH'], HOME: tmpdir(), ...settings }, stdio: ['ignore', 'pipe', 'pipe'] })
    child = started
    for (const stream of [started.stdout, started.stderr]) stream.on('data', (chunk: Buffer) => { log += chunk.toString() })
    for (let tries = 0; tries < 600; tries++) {
      const address = /Server listening at (http:\/\/127\.0\.0\.1:\d+)/.exec(log.slice(from))?.[1]
      if (address !== undefined && await fetch(`${address}/${until}`).then((answer) => answer.ok, () => false)) return address
      if (started.exitCode !== null) break
      await sleep(100)
    }
    throw new Error(`the service did not become ready:\n${log.slice(from)}`)
  }

  function signal (name: NodeJS.Signals): void {
    if (child?.exitCode === null && child.signalCode === null) child.kill(name)
  }

  async function ended (): Promise<number | null> {
    if (child?.exitCode === null && child.signalCode === null) await once(child, 'exit')
    return child?.exitCode ?? null
  }

  async function stop (name: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    signal(name)
    return await ended()
  }

  t.teardown(async () => {
    await stop()
    await rm(modelDir, { recursive: true, force: true })
  })
  const url = await start({}, until)
  const port = Number(new URL(url).port)
  return { url, port, log: () => log, stop: () => stop(), signal, ended, async kill () { await stop('SIGKILL') }, async start (changes, until) { await start({ ...changes, PORT: String(port) }, until) } }
}

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface RunningService {
  url: string
  pid: number
  process: ChildProcess
  /** Ends it with SIGTERM; resolves with the exit code. */
  stop (): Promise<number | null>
}

const entry = fileURLToPath(new URL('../dist/src/server.js', import.meta.url))

/**
 * Starts the built service (`npm run build` first) on a free loopback port.
 * @param until listening: a request may be sent, and waits for the models; ready: all models are loaded
 */
export async function startService (env: Record<string, string>, until: 'listening' | 'ready' = 'ready', readyTimeoutMs = 120_000): Promise<RunningService> {
  const started = performance.now()
  const child = spawn(process.execPath, [entry], { env: { ...process.env, HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'info', RATE_LIMIT_MAX: '0', ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  const url = await readAddress(child)
  while (true) {
    if (until === 'listening') break
    const ready = await fetch(`${url}/ready`).then((answer) => answer.ok, () => false)
    if (ready && (await (await fetch(`${url}/health`)).json() as { model_loaded: boolean }).model_loaded) break
    if (performance.now() - started > readyTimeoutMs || child.exitCode !== null) throw new Error('the service did not become ready')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return {
    url,
    pid: child.pid!,
    process: child,
    async stop () {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      const [code] = await exited
      return code as number | null
    }
  }
}

/** The line that Fastify logs when it listens. */
function readAddress (child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout!.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-20_000)
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text)
      if (found) resolve(found[0])
    })
    child.once('exit', (code) => { reject(new Error(`the service ended with ${code}:\n${text}`)) })
  })
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Longest last words of a program that are kept. */
const mostText = 10_000

/**
 * Runs a program to its end. A stop ends it with all that it has started, and is over when it has ended.
 * @throws Error with the last line that it wrote to stderr; the signal's reason
 */
export async function runProgram (program: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  // A group of its own, because pip and venv have children; Windows has none, and there the program alone is ended.
  const hasGroup = process.platform !== 'win32'
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: hasGroup })
  let text = ''
  child.stderr.on('data', (chunk: Buffer) => { text = (text + chunk.toString()).slice(-mostText) })
  const stop = () => {
    try {
      if (child.pid !== undefined) process.kill(hasGroup ? -child.pid : child.pid)
    } catch {
      // It has ended in this moment.
    }
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    const [code, killedBy] = await once(child, 'close') as [number | null, NodeJS.Signals | null]
    signal.throwIfAborted()
    if (code !== 0) throw new Error(lastLine(text) ?? `it ended with ${killedBy ?? code}`)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function lastLine (text: string): string | undefined {
  return text.split('\n').map((line) => line.trim()).filter((line) => line !== '').at(-1)?.slice(0, 500)
}

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ModelSet } from './sets.ts'

export interface RunningRtmlib {
  /**
   * Reads the picture file, finds the people and their points.
   * @returns processor time in ms: of all, and of the pose of the whole picture that rtmlib makes where it finds nobody
   */
  estimate (file: string): Promise<{ ms: number, needlessMs: number }>
  stop (): void
}

/** rtmlib in a Python process of its own, on one thread, waiting for pictures. */
export async function startRtmlib (python: string, { detector, detectorSide, pose }: ModelSet): Promise<RunningRtmlib> {
  const script = fileURLToPath(new URL('rtmlib_picture.py', import.meta.url))
  const child = spawn(python, ['-B', script, detector, String(detectorSide), pose], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next()
    if (done) throw new Error('rtmlib ended')
    return value
  }
  await next()
  return {
    async estimate (file) {
      child.stdin.write(`${file}\n`)
      const [ms, needlessMs] = (await next()).split(' ').map(Number)
      return { ms: ms!, needlessMs: needlessMs! }
    },
    stop () { child.stdin.end() }
  }
}

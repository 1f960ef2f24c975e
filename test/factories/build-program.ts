import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { lock } from 'proper-lockfile'

const root = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Builds dist/ where the sources have changed, as make does; test files that run at once wait for each other. The packages are there, or no
 * test would run: make must not install them anew.
 */
export async function buildProgram (): Promise<void> {
  const unlock = await lock(`${root}package.json`, { retries: { retries: 600, minTimeout: 100, maxTimeout: 100 }, stale: 60_000 })
  try {
    await promisify(execFile)('make', ['--no-print-directory', 'INSTALLED=package-lock.json', 'dist/.built'], { cwd: root, maxBuffer: 16 * 1024 * 1024 })
  } finally {
    await unlock()
  }
}

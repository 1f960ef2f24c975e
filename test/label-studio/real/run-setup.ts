/** `label-studio-rtmpose setup` as a process of its own, from the build, as a user runs it. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { buildService, root } from './service.ts'

export interface SetupRun { code: number | null, out: string, err: string, seconds: number }

export async function runSetup (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<SetupRun> {
  await buildService()
  const begin = performance.now()
  const child = spawn(process.execPath, ['dist/src/cli.js', 'setup', ...args], { cwd: root, env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), new Promise<number | null>((resolve) => { child.on('close', resolve) })])
  return { code, out, err, seconds: (performance.now() - begin) / 1000 }
}

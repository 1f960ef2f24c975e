/** `label-studio-rtmpose setup` against the real Label Studio. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { SetupReport } from '../../../src/cli/setup.ts'
import type { Step } from '../../../src/label-studio/connect/step.ts'
import { callCli, type Called } from '../../factories/call-cli.ts'
import { buildProgram } from '../../factories/build-program.ts'
import { root } from '../../factories/service-process.ts'

/** From the build, as a process of its own, as a user runs it. */
export async function runSetup (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Called> {
  await buildProgram()
  const child = spawn(process.execPath, ['dist/src/cli.js', 'setup', ...args], { cwd: root, env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode ?? -1, out, err }
}

/** In this process, which takes a tenth of the time. @returns the report, and the states of each step by its name */
export async function callSetup (args: readonly string[]): Promise<{ code: number, report: SetupReport, states: Partial<Record<Step['name'], string>> }> {
  const { code, out } = await callCli(['setup', ...args, '--json'])
  const report = JSON.parse(out) as SetupReport
  const states: Partial<Record<Step['name'], string>> = {}
  for (const { name, state } of report.steps) states[name] = states[name] === undefined ? state : `${states[name]}, ${state}`
  return { code, report, states }
}

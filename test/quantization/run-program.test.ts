import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { runProgram } from '../../src/quantization/run-program.ts'

const node = process.execPath

/** One that has ended, but that nobody has asked how, is running no more. */
function isRunning (pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ')
  } catch {
    return false
  }
}
const { signal } = new AbortController()

t.test('it ends well, or with the last thing that was said', async (t) => {
  await runProgram(node, ['-e', 'console.log("much")'], signal)
  await t.rejects(runProgram(node, ['-e', 'console.error("first\\nlast\\n\\n"); process.exitCode = 3'], signal), { message: 'last' })
  await t.rejects(runProgram(node, ['-e', 'process.exitCode = 3'], signal), { message: 'it ended with 3' })
  await t.rejects(runProgram(join(t.testdir(), 'nothing'), [], signal), { code: 'ENOENT' })
})

t.test('a stop ends it and its children, and is over when they have ended', { skip: process.platform === 'win32' ? 'has no process groups' : false }, async (t) => {
  const file = join(t.testdir(), 'pids')
  const wait = 'setInterval(() => {}, 1000)'
  const parent = `const { spawn } = require('node:child_process')
    const child = spawn(process.execPath, ['-e', ${JSON.stringify(wait)}], { stdio: 'inherit' })
    require('node:fs').writeFileSync(${JSON.stringify(file)}, process.pid + ' ' + child.pid)
    ${wait}`
  const stop = new AbortController()
  const running = runProgram(node, ['-e', parent], stop.signal)
  running.catch(() => {})
  while (!existsSync(file) || readFileSync(file, 'utf8') === '') await sleep(20)
  const reason = new Error('stopped')
  stop.abort(reason)
  await t.rejects(running, reason)
  t.same(readFileSync(file, 'utf8').split(' ').map((pid) => isRunning(Number(pid))), [false, false])
  await t.rejects(runProgram(node, ['-e', wait], stop.signal), reason, 'nothing is begun afterwards')
})

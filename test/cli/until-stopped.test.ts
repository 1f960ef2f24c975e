import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import t from 'tap'

/** Runs work until signals come that it sends itself. */
async function run (work: string) {
  const code = `
    import { untilStopped } from ${JSON.stringify(new URL('../../src/cli/until-stopped.ts', import.meta.url).href)}
    import { setTimeout as sleep } from 'node:timers/promises'
    const terminal = { progress () {}, note: console.error }
    process.exitCode = await untilStopped(terminal, async (signal) => { ${work} }, 'Stopped.')`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code])
  const [err] = await Promise.all([text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, killedBy: child.signalCode, err }
}

t.test('a stop is told to the work, also where a package that listens too has come later', async (t) => {
  for (const name of ['SIGINT', 'SIGTERM']) {
    t.same(await run(`
      await import('proper-lockfile')
      process.kill(process.pid, '${name}')
      await sleep(200)
      signal.throwIfAborted()`), { code: 130, killedBy: null, err: 'Stopped.\n' }, name)
  }
})

t.test('the second one ends the process at once', async (t) => {
  t.same(await run(`
    process.kill(process.pid, 'SIGINT')
    await sleep(200)
    if (signal.aborted) process.kill(process.pid, 'SIGINT')
    await sleep(20_000)`), { code: null, killedBy: 'SIGINT', err: '' })
})

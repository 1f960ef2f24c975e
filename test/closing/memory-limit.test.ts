/** The built service under a limit of memory that the kernel enforces. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import { buildProgram } from '../factories/build-program.ts'
import { createMemoryGroup, type MemoryGroup } from '../factories/memory-group.ts'
import { toDataUri } from '../factories/task.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const impossible = await probe()
await buildProgram()

async function probe (): Promise<string | false> {
  const undo: Array<() => unknown> = []
  const group = createMemoryGroup({ teardown: (work: () => unknown) => { undo.push(work) } } as Pick<Test, 'teardown'>, 1)
  for (const work of undo) await work()
  return typeof group === 'string' ? group : false
}

function start (t: Test, group: MemoryGroup, env: Record<string, string>) {
  const [program, ...args] = [...group.command, process.execPath, 'dist/src/server.js'] as const
  const child = spawn(program, args, { cwd: root, env: { PATH: process.env['PATH'], HOME: t.testdir({}), PORT: '0', MODEL_DOWNLOAD: 'never', UV_THREADPOOL_SIZE: '16', MALLOC_ARENA_MAX: '2', ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { log += chunk.toString() })
  const ended = once(child, 'close').then(() => child.exitCode)
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return { log: () => log, ended, child }
}

t.test('what cannot fit is refused, with the way out', { skip: impossible }, async (t) => {
  const group = createMemoryGroup(t, 400) as MemoryGroup
  const { ended, log } = start(t, group, { MODE: 'balanced' })
  t.equal(await ended, 78)
  t.match(log(), /^MODE=balanced takes about \d\.\d GiB with one worker, and the container has 0\.4 GiB: give it more memory or choose a smaller MODE\.\n$/)
})

t.test('what was derived holds: the largest pictures and bodies at once', { skip: impossible, timeout: 280_000 }, async (t) => {
  const group = createMemoryGroup(t, 1024) as MemoryGroup
  const { ended, log, child } = start(t, group, { MODE: 'starter' })
  let url: string | undefined
  for (let tries = 0; tries < 600 && url === undefined; tries++) {
    await sleep(100)
    url = /Listening on (http:\S+),/.exec(log())?.[1]
  }
  const [, bodyMB = '', megapixels = ''] = /"Memory of the container: 1\.0 GiB; .* bodies to (\d+) MB, pictures to (\d+) megapixels/.exec(log()) ?? []
  t.ok(Number(megapixels) >= 25 && Number(bodyMB) >= 32, log().split('\n')[0]!)

  const ask = async (tasks: object[]) => await (await fetch(`${url}/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ tasks }) })).json() as { results: Array<{ result?: unknown, code?: string }> }
  const width = Math.floor(Math.sqrt(Number(megapixels) * 1e6))
  const pictures = await Promise.all(['#888', '#777', '#666', '#555'].map(async (background) => toDataUri(await sharp({ create: { width, height: width, channels: 3, background } }).jpeg().toBuffer())))
  // Nearly two of the largest bodies, as the budget allows, while pictures of the largest size are in all workers.
  const long = 'x'.repeat((Number(bodyMB) - 4) * 1e6 / 100)
  const filler = Array.from({ length: 100 }, () => ({ data: { image: 'ftp://nowhere.example/a.jpg' }, long }))
  const answers = await Promise.all([
    ask(pictures.map((image) => ({ data: { image } }))),
    ask(filler),
    ask(filler)
  ])
  t.ok(answers[0].results.every(({ result }) => Array.isArray(result)), 'pictures are estimated')
  t.ok(answers.slice(1).every(({ results }) => results.length === 100))
  t.equal((await ask([{ data: { image: pictures[0]! } }])).results.length, 1)
  t.equal(group.oomKills(), 0, `at most ${group.peakMiB().toFixed(0)} MiB, page cache included`)
  child.kill('SIGTERM')
  t.equal(await ended, 0)
})

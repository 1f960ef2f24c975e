/**
 * npm test: runs test files, two at once, each in a process of its own:
 *   tsx scripts/run-tests.ts [--jobs 2] [--timeout 300] [--slow | files]
 * Without files: the whole suite but for what takes long, which --slow runs, and for the tests against the real Label Studio and those of
 * a fleet, which have commands of their own.
 *
 * All files are put together once, so that no process and no thread of them compiles TypeScript (docs/decisions/0015).
 * A file alone: `npx tsx <file>`; `npx tap <file>` for what only that runner has (coverage, --watch). TAP is written, and handed to
 * tap's reporter where somebody watches.
 */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { t } from 'tap'
import { buildTests } from './build-tests.ts'

const project = fileURLToPath(new URL('..', import.meta.url))
/** Files and folders that take long: ten seconds and more each, on two cores. With them the suite takes seven minutes, and people wait for it. */
const slowTests = [
  'test/cli/predict.test.ts',
  'test/closing/',
  'test/create-log.test.ts',
  'test/deploy/',
  'test/docs/commands.test.ts',
  'test/examples/',
  'test/hostile/',
  'test/jobs/',
  'test/playground/page.test.ts',
  'test/playground/playground.test.ts',
  'test/properties/',
  'test/quality/calibration-file.test.ts',
  'test/scripts/test-api.test.ts',
  'test/server.test.ts',
  'test/sizing/',
  'test/traces/'
]
const { values, positionals } = parseArgs({
  options: { jobs: { type: 'string', default: '2' }, timeout: { type: 'string', default: '300' }, slow: { type: 'boolean', default: false } },
  allowPositionals: true
})

if (process.stdout.isTTY) t.pipe(spawn(join(project, 'node_modules', '.bin', 'tap'), ['-'], { cwd: project, stdio: ['pipe', 'inherit', 'inherit'] }).stdin)

const files = positionals.length > 0 ? positionals : await listTests()
// In the project, where Node finds the packages that stay outside; of this run alone.
const builds = join(project, '.tests')
await mkdir(builds, { recursive: true })
await removeAbandoned()
const built = await mkdtemp(join(builds, 'run-'))
t.teardown(() => rm(built, { recursive: true, force: true }))
await buildTests(files, built)

t.setTimeout(0)
t.jobs = Math.max(1, Math.min(Number(values.jobs), files.length))
t.plan(files.length)
for (const file of files) {
  t.spawn(process.execPath, ['--enable-source-maps', join(built, relative(project, resolve(file)).replace(/\.ts$/, '.js'))], {
    cwd: project,
    // Tests run networks in their own process too; the service switches onnxruntime's telemetry off itself.
    env: { ...process.env, ORT_DISABLE_TELEMETRY: '1', TAP_TIMEOUT: values.timeout },
    timeout: Number(values.timeout) * 1000,
    buffered: t.jobs > 1,
    // Where in this file the process was started is of no use in a report.
    at: null,
    stack: ''
  }, file)
}

async function listTests (): Promise<string[]> {
  const ownCommands = ['test/label-studio/real/', 'test/fleet/']
  const names = await readdir(join(project, 'test'), { recursive: true })
  return names.map((name) => join('test', name).replaceAll(sep, '/'))
    .filter((name) => name.endsWith('.test.ts') && !ownCommands.some((start) => name.startsWith(start)) && !name.includes('node_modules'))
    .filter((name) => slowTests.some((start) => name.startsWith(start)) === values.slow)
    .sort()
}

/** Builds of runs that were killed. None takes an hour. */
async function removeAbandoned (): Promise<void> {
  for (const name of await readdir(builds)) {
    const { mtimeMs } = await stat(join(builds, name))
    if (Date.now() - mtimeMs > 3_600_000) await rm(join(builds, name), { recursive: true, force: true })
  }
}

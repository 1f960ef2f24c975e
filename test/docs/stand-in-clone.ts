/** A folder that looks like a clone in which somebody follows the documents, with the pictures and files that they name. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { EnvironmentSchema } from '../../src/config.ts'
import { exportedTask } from '../factories/exported-tasks.ts'
import { documentedRegions, documentedVersion } from './documented-studio.ts'
import { root } from './documents.ts'

/** Where the addresses of the documents lead to. */
export interface Places {
  /** For localhost:9090 and its like. */
  service: string
  /** For localhost:8080. */
  labelStudio: string
  token: string
  project: number
  /** For pictures at https://example.com and example.org. */
  picture: string
  /** Of the predictions there; in the documents it is documentedVersion. */
  version?: string
}

export interface Ran { code: number | null, out: string, err: string }

export interface Clone {
  /** @param file inside the clone */
  save (file: string, content: string): Promise<void>
  /** @param shell sh or bash, as the document says */
  run (command: string, shell?: string): Promise<Ran>
  /** Starts a service and waits until it can take pictures. @param port in place of that of the environment */
  serve (command: string, port: number): Promise<{ stop (): Promise<{ code: number | null, log: string }> }>
}

const longestMs = 60_000

/** @param environment on top of the defaults of every setting */
export async function standInClone (t: Pick<Test, 'teardown'>, places: Places, environment: Readonly<Record<string, string>>): Promise<Clone> {
  const folder = await mkdtemp(join(tmpdir(), 'pose-docs-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  for (const name of await readdir(root)) {
    if (!['.env', '.git', '.tap'].includes(name)) await symlink(join(root, name), join(folder, name))
  }
  await writeInputs(folder)
  const bin = await writePrograms(folder)
  const settings = Object.fromEntries(Object.keys(EnvironmentSchema.properties).map((name) => [name, '']))
  const env = {
    ...settings,
    PATH: `${bin}:${process.env['PATH']}`,
    HOME: folder,
    MODEL_DIR: join(folder, 'no-models'),
    MODEL_DOWNLOAD: 'never',
    WORKERS: '1',
    POSE_URL: places.service,
    npm_config_update_notifier: 'false',
    // The packages are there, or this test would not run: make must not install them anew beneath it.
    MAKEFLAGS: ` -- INSTALLED=package-lock.json URL=${places.service}`,
    ...environment
  }
  let job = ''

  function start (command: string, shell: string, more: Readonly<Record<string, string>> = {}) {
    // tap has every child report to it, which costs more time than most of these commands.
    return spawn(shell, ['-c', `unset NODE_OPTIONS\n${substitute(command, places, job)}\n`], { cwd: folder, env: { ...env, ...more }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  }

  return {
    async save (file, content) {
      await mkdir(dirname(join(folder, file)), { recursive: true })
      await writeFile(join(folder, file), content)
    },
    async run (command, shell = 'sh') {
      const child = start(command, shell)
      const killer = setTimeout(() => { killGroup(child, 'SIGKILL') }, longestMs)
      const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
      clearTimeout(killer)
      job = /^\{"id":"([\w-]+)"/.exec(out)?.[1] ?? job
      return { code: child.exitCode, out, err }
    },
    async serve (command, port) {
      const child = start(command.replace(/\bPORT=\d+ /, ''), 'sh', { PORT: String(port) })
      let log = ''
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { log += chunk.toString() })
      const ended = once(child, 'close')
      const deadline = Date.now() + longestMs
      while (!await fetch(`http://127.0.0.1:${port}/ready`).then((answer) => answer.ok, () => false)) {
        if (child.exitCode !== null || Date.now() > deadline) {
          killGroup(child, 'SIGKILL')
          throw new Error(`${command} did not become ready:\n${log}`)
        }
        await sleep(100)
      }
      return {
        async stop () {
          // The service itself, as its own log names it: make in front of it would report the signal instead of the exit code.
          const pid = Number(/"pid":(\d+)/.exec(log)?.[1])
          if (child.exitCode === null) process.kill(pid, 'SIGTERM')
          await ended
          return { code: child.exitCode, log }
        }
      }
    }
  }
}

/** With the children of make, npm and the shell. */
function killGroup ({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try { process.kill(-pid!, signal) } catch { /* It is gone. */ }
}

/** Puts what is here in the place of what the documents name. */
function substitute (command: string, places: Places, job: string): string {
  return command
    .replace(/^npm run test-api$/, `$& -- ${places.service}`)
    .replace(/http:\/\/(localhost|127\.0\.0\.1|poses\.example):9090/g, places.service)
    .replaceAll('http://localhost:8080', places.labelStudio)
    .replaceAll('<token>', places.token)
    .replaceAll('<API_TOKEN>', 'none-is-set-here')
    .replaceAll('<id>', job)
    .replace(/https:\/\/example\.(com|org)\/\w+\.jpg/g, places.picture)
    .replace(/(--project |"project": |\/projects\/)\d+/g, `$1${places.project}`)
    .replace(/(?<=--model-version )\S+/g, (version) => places.version ?? version)
}

async function writeInputs (folder: string): Promise<void> {
  const figure = (number: number) => join(root, `test/fixtures/drawn/figure-${number}.jpg`)
  await mkdir(join(folder, 'photos/day1'), { recursive: true })
  await Promise.all([
    copyFile(figure(1), join(folder, 'photos/a.jpg')),
    copyFile(figure(2), join(folder, 'photos/day1/b.jpg')),
    copyFile(figure(3), join(folder, 'extra.png')),
    copyFile(figure(4), join(folder, 'person.jpg')),
    writeFile(join(folder, 'project-3.json'), JSON.stringify([1, 2].map((id) => exportedTask(id, documentedRegions(id, 'annotated'), {
      predictions: [{ id: 500 + id, result: documentedRegions(id, 'predicted'), model_version: documentedVersion, created_at: '2026-11-25T10:00:00Z' }]
    }))))
  ])
}

/** npx without looking through the registry, and curl that fails where the answer is no success. */
async function writePrograms (folder: string): Promise<string> {
  const bin = join(folder, 'bin')
  await mkdir(bin)
  const write = async (name: string, script: string) => {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`)
    await chmod(join(bin, name), 0o755)
  }
  await write('npx', `case $1 in
  label-studio-rtmpose) shift; exec node '${root}dist/src/cli.js' "$@" ;;
  tsx) shift; exec '${root}node_modules/.bin/tsx' "$@" ;;
esac
echo "There is no program $1." >&2; exit 127`)
  await write('curl', 'PATH=$(echo "$PATH" | cut -d : -f 2-); exec curl --fail --silent --show-error "$@"')
  return bin
}

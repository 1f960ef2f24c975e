/** The real Label Studio on a loopback port, for one test file. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { createAccessToken } from '../../../src/label-studio/access-token.ts'
import { createLabelStudioClient, type LabelStudioClient } from '../../../src/label-studio/client/label-studio-client.ts'
import { sharedDir } from '../../factories/shared-dir.ts'

const run = promisify(execFile)

export interface LabelStudio {
  url: string
  /** Legacy token; null where they are switched off. */
  token: string | null
  /** Personal access token. */
  pat: string
  email: string
  password: string
  version: string
  /** Signed in with the personal access token. */
  client: LabelStudioClient
  /** Its data folder; uploads lie in media/upload. */
  dataDir: string
  /** What the server has logged so far: some reasons stand nowhere else. */
  readLog (): Promise<string>
  stop (): Promise<void>
  /** Ends it as a machine that loses its power does. */
  kill (): Promise<void>
  /** On the same data and port, with the same tokens. @param env added to its environment from now on */
  start (env?: Readonly<Record<string, string>>): Promise<void>
}

export interface LabelStudioOptions {
  /** Folder that local-files storages may serve. */
  localFiles?: string
  /** true: backends and webhooks on loopback are refused, as 1.23.2 does by itself. */
  isProtected?: boolean
  /** false: personal access tokens only, as in a new installation. */
  hasLegacyTokens?: boolean
  env?: Readonly<Record<string, string>>
}

/** Set by scripts/test-label-studio.sh: the Python environment that Label Studio is installed in. */
const venv = process.env['LABEL_STUDIO_VENV'] ?? ''
const release = process.env['LABEL_STUDIO_RELEASE'] ?? '1.23.2'

/** Why tests against the real Label Studio cannot run here, or false: for tap's `skip`. */
export function lacksLabelStudio (): string | false {
  if (venv === '') return 'needs the real Label Studio: run make test-label-studio'
  if (tool() === null) return 'needs the starter of Label Studio among the shared test data (SHARED_DIR)'
  return existsSync(join(venv, 'bin', 'label-studio')) ? false : `there is no Label Studio in ${venv}`
}

/** Starts one with an empty database; ended and removed at the end of the test. */
export async function startLabelStudio (t: Pick<Test, 'teardown'>, options: LabelStudioOptions = {}): Promise<LabelStudio> {
  const lack = lacksLabelStudio()
  // Without a place of its own the starter would install one into the current folder.
  if (lack) throw new Error(lack)
  const data = join(await mkdtemp(join(tmpdir(), 'label-studio-test-')), 'data')
  const place = ['--venv', venv, '--version', release, '--data', data]
  const settings = [
    ...(options.localFiles === undefined ? [] : ['--local-files', options.localFiles]),
    ...(options.isProtected ? ['--protected'] : []),
    ...(options.hasLegacyTokens === false ? ['--no-legacy-token'] : []),
    // One key of fifty that Label Studio makes for itself begins with "$" and is not read back: all tokens end with a restart.
    '--env', `SECRET_KEY=${randomBytes(24).toString('hex')}`,
    ...toArguments(options.env)
  ]
  t.teardown(async () => {
    await run(tool()!, ['down', '--data', data, '--wipe'])
    await rm(join(data, '..'), { recursive: true, force: true })
  })

  async function up (port: number): Promise<Record<string, unknown>> {
    const { stdout } = await run(tool()!, ['up', ...place, ...settings, '--port', String(port)], { maxBuffer: 16 * 1024 * 1024 })
    return JSON.parse(stdout) as Record<string, unknown>
  }

  const state = await up(0)
  let pid = state['pid'] as number
  const url = state['url'] as string
  const pat = state['pat'] as string
  const client = createLabelStudioClient({ url, token: createAccessToken({ url, key: pat }) })
  t.teardown(() => client.close())
  return {
    url,
    token: state['token'] as string | null,
    pat,
    email: state['email'] as string,
    password: state['password'] as string,
    version: state['version'] as string,
    client,
    dataDir: data,
    readLog: () => readFile(state['log'] as string, 'utf8'),
    async stop () { await run(tool()!, ['down', '--data', data]) },
    async kill () {
      process.kill(pid, 'SIGKILL')
      // Takes away what the tool remembers of it.
      await run(tool()!, ['down', '--data', data])
    },
    async start (env) {
      settings.push(...toArguments(env))
      pid = (await up(state['port'] as number))['pid'] as number
    }
  }
}

function toArguments (env: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`])
}

function tool (): string | null {
  const dir = sharedDir()
  const file = dir === null ? '' : join(dir, 'labelstudio', 'tools', 'label-studio-local')
  return existsSync(file) ? file : null
}

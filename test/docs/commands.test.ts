/** Every command in the documents is run, or checked as command-rules.ts says. */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { EnvironmentSchema } from '../../src/config.ts'
import { buildProgram } from '../factories/build-program.ts'
import { freePort } from '../factories/free-port.ts'
import { startLocalServer } from '../factories/local-server.ts'
import { commandRules, settingsInFront, type CommandRule } from './command-rules.ts'
import { commandsInBlocks, commandsInText, placeOf, wordsOf, type DocumentedCommand } from './documented-commands.ts'
import { documentedProject, startDocumentedStudio } from './documented-studio.ts'
import { readDocument, root } from './documents.ts'
import { followDocument } from './follow-document.ts'
import { standInClone, type Clone } from './stand-in-clone.ts'

const execute = promisify(execFile)

const all = [...commandsInBlocks, ...commandsInText]
const ofKind = (how: CommandRule['how']) => all.filter(({ rule }) => rule?.how === how)
/** Names of the long options, and single letters. */
const optionsIn = (text: string) => [...text.matchAll(/(?<=\s)--[a-z][a-z-]*|(?<=\s)-[a-zA-Z](?=\s|$)/g)].map((match) => match[0])

await buildProgram()

t.test('every command has a rule', async (t) => {
  t.ok(commandsInBlocks.length > 20, `${commandsInBlocks.length} commands in blocks, ${commandsInText.length} in running text`)
  for (const command of all) t.ok(command.rule !== null || wordsOf(command) === '', `${placeOf(command)}: ${command.text}`)
})

t.test('settings are those of the program', async (t) => {
  for (const command of all.filter(({ rule }) => rule?.how !== 'program')) {
    for (const [, name] of (settingsInFront.exec(command.text)?.[0] ?? '').matchAll(/\b([A-Z_]+)=/g)) {
      t.ok(name! in EnvironmentSchema.properties || settingsOf(command).has(name!), `${placeOf(command)}: ${name}`)
    }
  }
})

/** Those that are not of the service itself. */
function settingsOf (command: DocumentedCommand): Set<string> {
  if (wordsOf(command) === 'label-studio start') return new Set(['ML_BLOCK_LOCAL_IP', 'SSRF_PROTECTION_ENABLED'])
  // Lines of .env, of which Compose reads more.
  if (wordsOf(command) === '') return new Set([...readDocument('docker-compose.prod.yml').matchAll(/\b[A-Z_]+\b/g)].map((match) => match[0]))
  const files = wordsOf(command) === 'make test-label-studio' ? ['Makefile', 'scripts/test-label-studio.sh'] : ['Makefile']
  return new Set(files.flatMap((file) => [...readDocument(file).matchAll(/\b[A-Z_]+\b/g)].map((match) => match[0])))
}

t.test('what the command line is told, it knows', async (t) => {
  const { stdout } = await execute(process.execPath, [`${root}dist/src/cli.js`, '--help'])
  const usages = new Map([...stdout.matchAll(/^ {2}label-studio-rtmpose ((?:models )?[a-z]+)(.*)$/gm)].map(([, name, usage]) => [name!, usage!]))
  for (const command of all) {
    const [, rest] = /^(?:(?:npx )?label-studio-rtmpose|docker compose exec \S+ node dist\/src\/cli\.js|node dist\/src\/cli\.js) (.*)/s.exec(wordsOf(command)) ?? []
    if (rest === undefined || /^(models )?\.\.\.$/.test(rest)) continue
    const name = [...usages.keys()].find((name) => `${rest} `.startsWith(`${name} `))
    t.ok(name !== undefined, `${placeOf(command)}: ${command.text}`)
    for (const option of optionsIn(` ${rest}`)) t.ok(usages.get(name!)!.includes(option), `${placeOf(command)}: ${name} ${option}`)
  }
})

t.test('what runs elsewhere does run there', async (t) => {
  for (const { fits, proof } of commandRules.filter(({ how }) => how === 'elsewhere')) t.match(readFileSync(`${root}${proof![0]}`, 'utf8'), proof![1], String(fits))
})

t.test('programs that take long are there, with the options that are named', async (t) => {
  const makefile = readDocument('Makefile')
  for (const command of ofKind('program')) {
    const target = /^make ([a-z-]+)/.exec(wordsOf(command))?.[1]
    if (target !== undefined) {
      const [rule = ''] = new RegExp(`^${target}:.*\n(?:\t.*\n)+`, 'm').exec(makefile) ?? []
      for (const [, name] of command.text.matchAll(/\b([A-Z]+)=/g)) t.ok(rule.includes(name!), `${placeOf(command)}: ${target} takes ${name}`)
      continue
    }
    for (const source of sourcesOf(command)) {
      t.ok(existsSync(`${root}${source}`), `${placeOf(command)}: ${source}`)
      // Options in front of a test are the runner's.
      if (source.endsWith('.test.ts')) continue
      const code = await readFile(`${root}${source}`, 'utf8')
      for (const option of optionsIn(command.text).filter((option) => option.startsWith('--'))) t.ok(code.includes(option) || new RegExp(`\\b${option.slice(2)}\\b['"]?:`).test(code), `${placeOf(command)}: ${source} takes ${option}`)
    }
  }
})

/** The files of ours that a command runs. */
function sourcesOf ({ text, file }: DocumentedCommand): string[] {
  const beside = file.slice(0, file.lastIndexOf('/') + 1)
  return [
    ...[...text.matchAll(/\b(?:bench|test)\/[\w/-]+(?:\.test)?\.ts/g)].map((match) => match[0]),
    ...[...text.matchAll(/-m (sources\.\w+)/g)].map((match) => `${beside}${match[1]!.replaceAll('.', '/')}.py`),
    ...[...text.matchAll(/(?<=\.\/)[\w-]+\.sh|(?<=-r )[\w-]+\.txt/g)].map((match) => `${beside}${match[0]}`)
  ]
}

t.test('commands of containers', async (t) => {
  const dockerfile = readDocument('Dockerfile')
  for (const command of ofKind('container')) {
    for (const [, file] of command.text.matchAll(/ -f (\S+\.yml)/g)) t.ok(existsSync(`${root}${file}`), `${placeOf(command)}: ${file}`)
    for (const [, target] of command.text.matchAll(/ --target (\S+)/g)) t.ok(dockerfile.includes(` AS ${target}\n`), `${placeOf(command)}: ${target}`)
    for (const [, service] of command.text.matchAll(/ (?:exec|logs|stop|restart)(?: -\S+| \d+)* ([a-z-]+\d?)/g)) t.match(readDocument(/ -f (\S+)/.exec(command.text)?.[1] ?? 'docker-compose.yml'), new RegExp(`^ {2}${service}:$`, 'm'), `${placeOf(command)}: ${service}`)
    const [, composed, given = ''] = /^docker(-compose| compose)?((?: [^|&;]+)+)/.exec(wordsOf(command)) ?? []
    const client = composed === undefined ? 'docker' : 'docker-compose'
    const [sub = ''] = given.trim().replace(/^((-f|--profile) \S+ )+/, '').split(' ')
    const help = await helpOf(client, sub)
    if (help === null) {
      t.comment(`${placeOf(command)}: ${client} is not installed here, so its options are not checked`)
      continue
    }
    t.not(help, '', `${placeOf(command)}: ${client} ${sub}`)
    // What stands behind the service or the image is for the program inside.
    const own = given.split(/ (?:ml-backend|label-studio|label-studio-rtmpose:\w+)\b/)[0]!.replace(/ (-f|--profile) \S+/g, '')
    for (const option of optionsIn(own)) t.match(help, new RegExp(`(^|[\\s,])${option}\\b`, 'm'), `${placeOf(command)}: ${client} ${sub} ${option}`)
  }
})

const helps = new Map<string, string | null>()

/** @returns null: the client is not here; '': it has no such command */
async function helpOf (client: string, command: string): Promise<string | null> {
  const key = `${client} ${command}`
  if (!helps.has(key)) {
    helps.set(key, await execute(client, [command, '--help']).then(({ stdout }) => stdout, (error: { code: unknown }) => error.code === 'ENOENT' ? null : ''))
  }
  return helps.get(key)!
}

t.test('the documents are followed', { timeout: 240_000, skip: process.platform === 'win32' ? 'needs a POSIX shell' : false }, async (t) => {
  const figure = await readFile(`${root}test/fixtures/drawn/figure-1.jpg`)
  const pictures = await startLocalServer(t, (_request, response) => { response.end(figure) })
  const port = await freePort()
  const token = '0123456789abcdef0123456789abcdef01234567'

  /** A clone of its own, with a Label Studio of its own. */
  async function clone (t: Test): Promise<Clone> {
    const studio = await startDocumentedStudio(t)
    const places = { service: `http://127.0.0.1:${port}`, labelStudio: studio.url, token, project: documentedProject, picture: `${pictures.origin}/person.jpg` }
    return await standInClone(t, places, { PORT: String(port), LABEL_STUDIO_URL: studio.url, LABEL_STUDIO_API_KEY: token, IMAGE_ORIGINS: pictures.origin, RATE_LIMIT_MAX: '0' })
  }

  // The first command of the README starts the service that all others find.
  const [first, ...others] = commandsInBlocks.filter(({ rule }) => rule?.how === 'serve') as [DocumentedCommand, ...DocumentedCommand[]]
  t.match(first, { file: 'README.md', text: 'MODE=starter make start' })
  const running = await (await clone(t)).serve(first.text, port)
  await t.test('documents', { jobs: 2 }, async (t) => {
    await Promise.all([...new Set(ofKind('run').map(({ file }) => file))].map((file) => t.test(file, { buffered: true }, async (t) => {
      const here = await clone(t)
      await followDocument(t, here, file)
      for (const command of others.filter((command) => command.file === file)) {
        const { code, log } = await (await here.serve(command.text, await freePort())).stop()
        t.equal(code, 0, `${placeOf(command)}: ${command.text}${code === 0 ? '' : `\n${log.slice(-600)}`}`)
      }
    })))
  })
  const { code, log } = await running.stop()
  t.equal(code, 0, `SIGTERM ends the service with exit code 0${code === 0 ? '' : `\n${log.slice(-600)}`}`)
})

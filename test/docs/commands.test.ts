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
import { commandRules, ruleFor, settingsInFront, type CommandRule } from './command-rules.ts'
import { documentedProject, startDocumentedStudio } from './documented-studio.ts'
import { codeBlocks, inlineCommands, markdownFiles, readDocument, root, shellCommands, type CodeBlock } from './documents.ts'
import { lacksForm } from './shown-output.ts'
import { standInClone, type Clone } from './stand-in-clone.ts'

const execute = promisify(execFile)

interface Command { file: string, line: number, text: string, rule: CommandRule | null, block: CodeBlock | null }

const blocks = markdownFiles().flatMap((file) => codeBlocks(file))
const shells = new Set(['sh', 'bash', 'indented'])
const inBlocks: Command[] = blocks.filter(({ language }) => shells.has(language))
  .flatMap((block) => shellCommands(block).map((command) => ({ ...command, file: block.file, block, rule: ruleFor(command.text) })))
const inLines: Command[] = markdownFiles().flatMap((file) => inlineCommands(file).map((command) => ({ ...command, file, block: null, rule: ruleFor(command.text) })))
const all = [...inBlocks, ...inLines]
const ofKind = (how: CommandRule['how']) => all.filter(({ rule }) => rule?.how === how)
const place = ({ file, line }: Command) => `${file}:${line}`
const words = ({ text }: Command) => text.replace(settingsInFront, '')
/** Names of the long options, and single letters. */
const optionsIn = (text: string) => [...text.matchAll(/(?<=\s)--[a-z][a-z-]*|(?<=\s)-[a-zA-Z](?=\s|$)/g)].map((match) => match[0])

await buildProgram()

t.test('every command has a rule', async (t) => {
  t.ok(inBlocks.length > 20, `${inBlocks.length} commands in blocks, ${inLines.length} in running text`)
  for (const command of all) t.ok(command.rule !== null || words(command) === '', `${place(command)}: ${command.text}`)
  for (const rule of commandRules) t.ok(all.some((command) => command.rule === rule), `a rule that fits nothing can go: ${rule.fits}`)
})

t.test('settings are those of the program', async (t) => {
  const label = new Set(['ML_BLOCK_LOCAL_IP', 'SSRF_PROTECTION_ENABLED'])
  const makefile = readDocument('Makefile')
  for (const command of all) {
    for (const [, name] of (settingsInFront.exec(command.text)?.[0] ?? '').matchAll(/\b([A-Z_]+)=/g)) {
      const known = name! in EnvironmentSchema.properties || (name === 'SCREENSHOTS' && command.text.includes('test-label-studio')) || (command.text.includes('label-studio start') && label.has(name!)) || new RegExp(`\\b${name}\\b`).test(makefile) || command.rule?.how === 'program'
      t.ok(known, `${place(command)}: ${name}`)
    }
  }
})

t.test('what the command line is told, it knows', async (t) => {
  const { stdout } = await execute(process.execPath, [`${root}dist/src/cli.js`, '--help'])
  const usages = new Map([...stdout.matchAll(/^ {2}label-studio-rtmpose ((?:models )?[a-z]+)(.*)$/gm)].map(([, name, usage]) => [name!, usage!]))
  for (const command of all) {
    const [, rest] = /^(?:(?:npx )?label-studio-rtmpose|docker compose exec \S+ node dist\/src\/cli\.js|node dist\/src\/cli\.js) (.*)/s.exec(words(command)) ?? []
    if (rest === undefined || rest === '...') continue
    if (rest.startsWith('models ...')) continue
    const name = [...usages.keys()].find((name) => `${rest} `.startsWith(`${name} `))
    t.ok(name !== undefined, `${place(command)}: ${command.text}`)
    for (const option of optionsIn(` ${rest}`)) t.ok(usages.get(name!)!.includes(option), `${place(command)}: ${name} ${option}`)
  }
})

t.test('what runs elsewhere does run there', async (t) => {
  for (const { fits, proof } of commandRules.filter(({ how }) => how === 'elsewhere')) t.match(readFileSync(`${root}${proof![0]}`, 'utf8'), proof![1], String(fits))
})

t.test('programs that take long are there, with the options that are named', async (t) => {
  const makefile = readDocument('Makefile')
  for (const command of ofKind('program')) {
    const target = /^make ([a-z-]+)/.exec(words(command))?.[1]
    if (target !== undefined) {
      const [rule = ''] = new RegExp(`^${target}:.*\n(?:\t.*\n)+`, 'm').exec(makefile) ?? []
      for (const [, name] of command.text.matchAll(/\b([A-Z]+)=/g)) t.ok(rule.includes(name!), `${place(command)}: ${target} takes ${name}`)
      continue
    }
    for (const source of sourcesOf(command)) {
      t.ok(existsSync(`${root}${source}`), `${place(command)}: ${source}`)
      const code = await readFile(`${root}${source}`, 'utf8')
      for (const option of optionsIn(command.text).filter((option) => option.startsWith('--'))) t.ok(code.includes(option) || new RegExp(`\\b${option.slice(2)}\\b['"]?:`).test(code), `${place(command)}: ${source} takes ${option}`)
    }
  }
})

/** The files of ours that a command runs. */
function sourcesOf ({ text, file }: Command): string[] {
  const beside = file.slice(0, file.lastIndexOf('/') + 1)
  return [
    ...[...text.matchAll(/\bbench\/[\w-]+\.ts/g)].map((match) => match[0]),
    ...[...text.matchAll(/-m (sources\.\w+)/g)].map((match) => `${beside}${match[1]!.replaceAll('.', '/')}.py`),
    ...[...text.matchAll(/(?<=\.\/)[\w-]+\.sh|(?<=-r )[\w-]+\.txt/g)].map((match) => `${beside}${match[0]}`)
  ]
}

t.test('commands of containers', async (t) => {
  const compose = readDocument('docker-compose.yml')
  const dockerfile = readDocument('Dockerfile')
  for (const command of ofKind('container')) {
    for (const [, file] of command.text.matchAll(/ -f (\S+\.yml)/g)) t.ok(existsSync(`${root}${file}`), `${place(command)}: ${file}`)
    for (const [, target] of command.text.matchAll(/ --target (\S+)/g)) t.ok(dockerfile.includes(` AS ${target}\n`), `${place(command)}: ${target}`)
    for (const [, service] of command.text.matchAll(/ (?:exec|logs|stop|restart)(?: -\S+)* ([a-z-]+)/g)) t.match(compose, new RegExp(`^ {2}${service}:$`, 'm'), `${place(command)}: ${service}`)
    const [, composed, given = ''] = /^docker(-compose| compose)?((?: [^|&;]+)+)/.exec(words(command)) ?? []
    const client = composed === undefined ? 'docker' : 'docker-compose'
    const [sub = ''] = given.trim().replace(/^(-f \S+ )+/, '').split(' ')
    const help = await helpOf(client, sub)
    if (help === null) {
      t.comment(`${place(command)}: ${client} is not installed here, so its options are not checked`)
      continue
    }
    t.not(help, '', `${place(command)}: ${client} ${sub}`)
    // What stands behind the service or the image is for the program inside.
    const own = given.split(/ (?:ml-backend|label-studio|label-studio-rtmpose:\w+)\b/)[0]!.replace(/ -f \S+\.yml/g, '')
    for (const option of optionsIn(own)) t.match(help, new RegExp(`(^|[\\s,])${option}\\b`, 'm'), `${place(command)}: ${client} ${sub} ${option}`)
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
  const [first, ...others] = inBlocks.filter(({ rule }) => rule?.how === 'serve') as [Command, ...Command[]]
  t.match(first, { file: 'README.md', text: 'MODE=starter make start' })
  const running = await (await clone(t)).serve(first.text, port)
  await t.test('documents', { jobs: 2 }, async (t) => {
    await Promise.all([...new Set(inBlocks.filter(({ rule }) => rule?.how === 'run').map(({ file }) => file))].map((file) => t.test(file, { buffered: true }, async (t) => {
      const here = await clone(t)
      await follow(t, here, file)
      for (const command of others.filter((command) => command.file === file)) {
        const { code, log } = await (await here.serve(command.text, await freePort())).stop()
        t.equal(code, 0, `${place(command)}: ${command.text}${code === 0 ? '' : `\n${log.slice(-600)}`}`)
      }
    })))
  })
  const { code, log } = await running.stop()
  t.equal(code, 0, `SIGTERM ends the service with exit code 0${code === 0 ? '' : `\n${log.slice(-600)}`}`)
})

/** A document from top to bottom: files are written, commands run, and what is shown behind a block is printed by one of its commands. */
async function follow (t: Test, clone: Clone, file: string): Promise<void> {
  const printed = new Map<CodeBlock, string[]>()
  for (const block of blocks.filter((block) => block.file === file)) {
    if (block.fileName !== '') await clone.save(block.fileName, block.text)
    for (const command of inBlocks.filter((command) => command.block === block && command.rule?.how === 'run')) {
      const { exits = [0], json = false } = command.rule!
      const begin = performance.now()
      const { code, out, err } = await clone.run(command.text, block.language === 'bash' ? 'bash' : 'sh')
      const isRight = exits.includes(code ?? -1)
      t.ok(isRight, `${place(command)}: ${command.text} (exit code ${code}, ${Math.round(performance.now() - begin)} ms)${isRight ? '' : `\n${(out + err).slice(-1000)}`}`)
      if (json) t.doesNotThrow(() => JSON.parse(out), `${place(command)} answers in JSON`)
      printed.set(block, [...printed.get(block) ?? [], out])
    }
  }
  for (const [block, outputs] of printed) {
    const next = blocks[blocks.indexOf(block) + 1]
    if (next?.file !== file || next.language !== '' || next.line - block.line > block.text.split('\n').length + 4) continue
    const faults = outputs.map((output) => lacksForm(next.text, output))
    t.ok(faults.includes(null), `${file}:${next.line}: what is shown is printed so${faults.includes(null) ? '' : `; not printed: ${faults.join(' | ')}\n${outputs.join('\n---\n')}`}`)
  }
}

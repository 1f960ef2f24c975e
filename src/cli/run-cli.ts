import { ConfigError } from '../config.ts'
import { isPoseError } from '../errors.ts'
import { version } from '../version.ts'
import { CliError, type Terminal } from './command.ts'
import { commands } from './commands.ts'

/** EX_USAGE and EX_CONFIG of sysexits.h. */
const EXIT_USAGE = 64
const EXIT_CONFIG = 78

/**
 * Finds the subcommand, runs it, and turns failures that have a sentence into that sentence.
 * @param args the command line without node and the program
 * @returns exit code of the process
 * @throws Error that nobody expected
 */
export async function runCli (args: readonly string[], terminal: Terminal): Promise<number> {
  if (args[0] === '--version') {
    terminal.print(version)
    return 0
  }
  const words = Object.keys(commands).find((name) => name.split(' ').every((word, index) => args[index] === word))
  const asksForHelp = args.length === 0 || args.includes('--help') || args.includes('-h')
  if (words === undefined) {
    if (!asksForHelp) terminal.note(`There is no command "${args.filter((arg) => !arg.startsWith('-')).slice(0, 2).join(' ')}".`)
    await printCommands(asksForHelp ? terminal.print : terminal.note)
    return asksForHelp ? 0 : EXIT_USAGE
  }
  const command = await commands[words]!()
  if (asksForHelp) {
    terminal.print(`label-studio-rtmpose ${words} ${command.usage}`.trimEnd())
    terminal.print(command.summary)
    return 0
  }
  try {
    return await command.run(args.slice(words.split(' ').length), terminal)
  } catch (error) {
    if (!(error instanceof CliError || error instanceof ConfigError || isPoseError(error))) throw error
    terminal.note(error.message)
    return error instanceof CliError ? EXIT_USAGE : error instanceof ConfigError ? EXIT_CONFIG : 1
  }
}

async function printCommands (print: (line: string) => void): Promise<void> {
  print(`label-studio-rtmpose ${version}. The settings are environment variables, see docs/configuration.md.`)
  for (const [words, load] of Object.entries(commands)) {
    const { usage, summary } = await load()
    print(`  ${`label-studio-rtmpose ${words} ${usage}`.trimEnd()}`)
    print(`      ${summary}`)
  }
}

import { parseArgs, type ParseArgsConfig } from 'node:util'
import { CliError } from './command.ts'

type Described = NonNullable<ParseArgsConfig['options']>

/**
 * The options of a command by name; nothing else may stand on the command line.
 * @param subject stands before what is wrong, for example '"check": '
 * @throws CliError for one that is not known, lacks its value, or is no option at all
 */
export function parseOptions<const Options extends Described> (args: readonly string[], options: Options, subject = ''): ReturnType<typeof parseArgs<{ args: string[], options: Options }>>['values'] {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw new CliError(`${subject}${(error as Error).message.split('\n')[0]}.`)
  }
}

import { parseArgs, type ParseArgsConfig } from 'node:util'
import { CliError } from './command.ts'

export type DescribedOptions = NonNullable<ParseArgsConfig['options']>

export interface ParseArgumentsOptions {
  /** Whether words that are no options may stand on the command line. */
  takesWords: boolean
  /** Stands before what is wrong, for example '"check": '. */
  subject?: string
}

/**
 * The options of a command by name, and its words in order.
 * @throws CliError for an option that is not known or lacks its value, and for a word where none is taken
 */
export function parseArguments<const Options extends DescribedOptions> (args: readonly string[], options: Options, { takesWords, subject = '' }: ParseArgumentsOptions): ReturnType<typeof parseArgs<{ args: string[], options: Options, allowPositionals: boolean }>> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: takesWords })
  } catch (error) {
    throw new CliError(`${subject}${(error as Error).message.split('\n')[0]}.`)
  }
}

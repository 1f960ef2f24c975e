import { parseArguments, type DescribedOptions } from './parse-arguments.ts'

/**
 * The options of a command by name; nothing else may stand on the command line.
 * @param subject stands before what is wrong, for example '"check": '
 * @throws CliError for one that is not known, lacks its value, or is no option at all
 */
export function parseOptions<const Options extends DescribedOptions> (args: readonly string[], options: Options, subject = ''): ReturnType<typeof parseArguments<Options>>['values'] {
  return parseArguments(args, options, { takesWords: false, subject }).values
}

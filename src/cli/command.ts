/** One subcommand of `label-studio-rtmpose`, in a file of its own. It never imports plugins/. */
export interface Command {
  /** What stands behind the name on the command line, for example "[id ...] [--quiet]". */
  usage: string
  /** One sentence for the list of commands. */
  summary: string
  /**
   * Does the work.
   * @param args what follows the command's words
   * @returns exit code of the process
   * @throws CliError, PoseError or ConfigError with a sentence for a person
   */
  run (args: readonly string[], terminal: Terminal): Promise<number>
}

/** Where a command writes; a test hands in its own. */
export interface Terminal {
  /** One line of the result. */
  print (line: string): void
  /** Whether what is printed may have colours. */
  hasColours: boolean
  /** One line about what goes on, kept apart from the result. */
  note (line: string): void
  /** Columns of the terminal that shows notes, 0 where nobody watches (a file, a pipe): no progress bars then. */
  columns: number
  /** Replaces the line last shown so; '' takes it away. Only where columns > 0. */
  progress (line: string): void
}

/** EX_DATAERR of sysexits.h: done, but not everything could be read. */
export const EXIT_PROBLEMS = 65

/** What shells give for a command ended by Ctrl-C: 128 + SIGINT. */
export const EXIT_INTERRUPTED = 130

/** A wrong use. Its message is a whole sentence. */
export class CliError extends Error {
  override name = 'CliError'
}

import { CliError } from './command.ts'

/** A full disk or a folder without permission is a sentence, not a stack. @param out where results are written @returns what is to be thrown */
export function explainFileFault (error: unknown, out: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  return syscall === undefined ? error : new CliError(`The results cannot be written to ${out} (${code}).`)
}

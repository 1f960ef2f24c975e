import { CliError } from './command.ts'

/** The value of an option that takes one of a few words. @throws CliError that names them */
export function oneOf<T extends string> (name: string, value: string, allowed: readonly T[]): T {
  if ((allowed as readonly string[]).includes(value)) return value as T
  throw new CliError(`--${name} ${value} is not valid: ${allowed.join(', ')} is.`)
}

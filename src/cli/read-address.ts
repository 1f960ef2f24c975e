import { isServiceAddress } from '../config.ts'
import { CliError } from './command.ts'

/**
 * The address given for an option, without a slash at the end.
 * @param what the address is of, for the sentence where it is missing
 * @throws CliError when it is missing or cannot be one
 */
export function readAddress (option: string, value: string | null, what: string): string {
  if (value === null || value === '') throw new CliError(`--${option} is missing: ${what}.`)
  // The value may hold a password, so it is not shown.
  if (!isServiceAddress(value)) throw new CliError(`--${option} is not valid: an address that begins with http:// or https://, without user, password and query, is.`)
  return value.replace(/\/+$/, '')
}

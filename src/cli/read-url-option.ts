import { isServiceAddress } from '../config.ts'
import { CliError } from './command.ts'

/** The address of Label Studio without a slash at its end; undefined where none is named. @throws CliError when it cannot be one */
export function readUrlOption (url: string | undefined): string | undefined {
  const address = url?.replace(/\/+$/, '')
  // The value may hold a password, so it is not shown.
  if (address !== undefined && !isServiceAddress(address)) throw new CliError('--url is not valid: an address that begins with http:// or https://, without user, password and query, is.')
  return address
}

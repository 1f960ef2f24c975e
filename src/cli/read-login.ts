import type { Config } from '../config.ts'
import { isCutToken } from '../label-studio/is-cut-token.ts'
import { CliError } from './command.ts'
import { readAddress } from './read-address.ts'

/**
 * Label Studio's address and the token for it, as the command line names them, or else the environment.
 * @throws CliError when one is missing or cannot be one
 */
export function readLogin (values: { url?: string | undefined, token?: string | undefined }, config: Pick<Config, 'labelStudioUrl' | 'labelStudioApiKey'>): { url: string, token: string } {
  const url = readAddress('url', values.url ?? config.labelStudioUrl, 'the address of Label Studio; LABEL_STUDIO_URL serves as well')
  const token = (values.token ?? config.labelStudioApiKey ?? '').trim()
  if (token === '') {
    throw new CliError(`--token is missing: create a personal access token under ${url}/user/account > Personal Access Token; LABEL_STUDIO_API_KEY serves as well, and stands in no list of processes.`)
  }
  if (isCutToken(token)) {
    throw new CliError(`The token is cut off: Label Studio shows a personal access token whole only when it is made. Create a new one under ${url}/user/account > Personal Access Token and copy it from there at once.`)
  }
  return { url, token }
}

import { createAccessToken, type AccessToken } from '../label-studio/access-token.ts'
import { createLabelStudioClient, type LabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import { CliError } from './command.ts'
import { readUrlOption } from './read-url-option.ts'

export interface OpenedLabelStudio {
  client: LabelStudioClient
  token: AccessToken
}

/**
 * Label Studio as a command names it, or else as the environment does. The caller closes the client.
 * @throws CliError when its address or its token is missing or cannot be one
 */
export function openLabelStudio (named: { url?: string | undefined, token?: string | undefined }, config: { labelStudioUrl: string | null, labelStudioApiKey: string | null }): OpenedLabelStudio {
  const url = readUrlOption(named.url) ?? config.labelStudioUrl
  const key = named.token ?? config.labelStudioApiKey
  if (url === null) throw new CliError('--url is missing: the address of Label Studio; LABEL_STUDIO_URL serves as well.')
  if (key === null) throw new CliError(`--token is missing: Label Studio makes one under ${url}/user/account; LABEL_STUDIO_API_KEY serves as well, and stands in no list of processes.`)
  const token = createAccessToken({ url, key })
  return { client: createLabelStudioClient({ url, token }), token }
}

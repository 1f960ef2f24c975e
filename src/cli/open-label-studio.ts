import { createAccessToken, type AccessToken } from '../label-studio/access-token.ts'
import { createLabelStudioClient, type LabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import { CliError } from './command.ts'

export interface OpenedLabelStudio {
  client: LabelStudioClient
  token: AccessToken
}

/**
 * Label Studio as a command names it, or else as the environment does. The caller closes the client.
 * @throws CliError when its address or its token is missing or cannot be one
 */
export function openLabelStudio (named: { url?: string | undefined, token?: string | undefined }, config: { labelStudioUrl: string | null, labelStudioApiKey: string | null }): OpenedLabelStudio {
  const url = named.url?.replace(/\/+$/, '') ?? config.labelStudioUrl
  const key = named.token ?? config.labelStudioApiKey
  if (url === null) throw new CliError('The address of Label Studio is missing: --url http://localhost:8080, or LABEL_STUDIO_URL.')
  if (!/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/i.test(url)) throw new CliError(`--url ${url.replace(/\/\/.*@/, '//(hidden)@')} is not valid: an address that begins with http:// or https:// is, without user, password and query.`)
  if (key === null) throw new CliError('The token of Label Studio is missing: --token, or LABEL_STUDIO_API_KEY. Label Studio shows it under Account & Settings.')
  const token = createAccessToken({ url, key })
  return { client: createLabelStudioClient({ url, token }), token }
}

import { isPoseError } from '../errors.ts'
import type { AccessToken, TokenKind } from '../label-studio/access-token.ts'
import type { LabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import { readUser } from '../label-studio/client/user.ts'
import { withExplanation } from '../label-studio/connect/with-explanation.ts'
import type { CheckLine } from './check-report.ts'
import { finding, findingOf } from './check-sentences.ts'

const kinds: Readonly<Record<TokenKind, string>> = { legacy: 'Legacy token', personal: 'Personal access token', access: 'Access token' }

/** Whether Label Studio takes the token, what kind it is and whose. `isTaken`: what needs it can be looked at. */
export async function checkToken (client: LabelStudioClient, token: Pick<AccessToken, 'describe'>): Promise<{ line: CheckLine, isTaken: boolean }> {
  const about = token.describe()
  if (about === null) return { line: finding('TOKEN_NONE'), isTaken: false }
  try {
    const { email } = await withExplanation({ subject: 'user' }, () => readUser(client))
    if (about.isOffered) return { line: finding('TOKEN_OF_SETUP', [kinds[about.kind], email]), isTaken: true }
    return { line: about.kind === 'access' ? finding('TOKEN_ACCESS', [email]) : finding('TOKEN_OK', [kinds[about.kind], email]), isTaken: true }
  } catch (error) {
    if (!isPoseError(error)) throw error
    return { line: findingOf('token', error), isTaken: false }
  }
}

import type { IncomingMessage } from 'node:http'
import type { Test } from 'tap'
import { createAccessToken } from '../../src/label-studio/access-token.ts'
import { createLabelStudioClient, type LabelStudioClient } from '../../src/label-studio/client/label-studio-client.ts'
import { startLocalServer, type LocalServer } from './local-server.ts'

/** What a server answers, by method and path without query: a body with status 200, a status with a body, or a function of the request. */
export type Answers = Record<string, unknown>

/** A status other than 200. */
export class Refusal {
  readonly status: number
  readonly body: unknown
  constructor (status: number, body: unknown = { detail: 'refused' }) {
    this.status = status
    this.body = body
  }
}

/** A server that answers as Label Studio does where a test says so, and a client for it; both closed at the end of the test. */
export async function startLabelStudioServer (t: Pick<Test, 'teardown'>, answers: Answers): Promise<LocalServer & { client: LabelStudioClient }> {
  const answerOf = async (request: IncomingMessage): Promise<unknown> => {
    const known = answers[`${request.method} ${request.url!.split('?')[0]}`]
    if (known === undefined) return new Refusal(404, { detail: 'Not found.' })
    return typeof known === 'function' ? await (known as (request: IncomingMessage) => unknown)(request) : known
  }
  const server = await startLocalServer(t, (request, response) => {
    answerOf(request).then((answer) => {
      const { status, body } = answer instanceof Refusal ? answer : { status: 200, body: answer }
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }, () => { response.destroy() })
  })
  const client = createLabelStudioClient({ url: server.origin, token: createAccessToken({ url: server.origin, key: '0123456789abcdef' }) })
  t.teardown(() => client.close())
  return { ...server, client }
}

import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { startLocalServer, type LocalServer } from './local-server.ts'

/** What an address answers: a status with a body, or a function of what was sent. */
export type StubAnswer = readonly [status: number, body: unknown] | ((body: unknown) => readonly [status: number, body: unknown])

export interface LabelStudioStub extends Pick<LocalServer, 'origin'> {
  /** The same below a path, as behind a proxy. */
  prefixed: string
  /** What came, for example "POST /api/ml". */
  calls: string[]
}

/** As Label Studio refuses. */
export const refuse = (status: number, detail: string): [number, unknown] => [status, { status_code: status, version: '1.23.2', detail, exc_info: null }]

/**
 * A server that gives recorded answers of Label Studio 1.23.2, for refusals that the real one gives only in a certain installation.
 * @param answers by "METHOD /path", on top of a project 1 without interface and without model; everything else is a 404
 */
export async function startLabelStudioStub (t: Pick<Test, 'teardown'>, answers: Readonly<Record<string, StubAnswer>> = {}): Promise<LabelStudioStub> {
  const calls: string[] = []
  const project = { id: 1, title: 'Human poses', label_config: '<View></View>', model_version: '', show_collab_predictions: true }
  const all: Record<string, StubAnswer> = {
    'GET /api/current-user/whoami': [200, { id: 1, email: 'me@example.com' }],
    'GET /api/version': [200, { release: '1.23.2' }],
    'GET /api/projects/': [200, { count: 1, next: null, results: [project] }],
    'GET /api/projects/1/': [200, project],
    'PATCH /api/projects/1/': (body) => [200, Object.assign(project, body)],
    'GET /api/ml': [200, []],
    'GET /api/webhooks/': [200, []],
    ...answers
  }
  const { origin } = await startLocalServer(t, async (request, response) => {
    const call = `${request.method} ${request.url!.split('?')[0]!.replace(/^\/studio(?=\/)/, '')}`
    const sent = await text(request)
    calls.push(call)
    const answer = all[call] ?? refuse(404, 'Not found.')
    const [status, body] = typeof answer === 'function' ? answer(sent === '' ? undefined : JSON.parse(sent)) : answer
    response.writeHead(status, { 'content-type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  return { origin, prefixed: `${origin}/studio`, calls }
}

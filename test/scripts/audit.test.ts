import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { startLocalServer } from '../factories/local-server.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))

/** Runs the script against a registry that answers the question for weaknesses in this way. */
async function audit (t: Test, status: number, answer: object, env: Record<string, string> = {}): Promise<{ code: number, text: string, asked: number }> {
  let asked = 0
  const { origin } = await startLocalServer(t, (request, response) => {
    const isQuestion = request.method === 'POST' && request.url!.endsWith('/advisories/bulk')
    if (isQuestion) asked++
    request.resume().on('end', () => { response.writeHead(isQuestion ? status : 404, { 'content-type': 'application/json' }).end(JSON.stringify(isQuestion ? answer : {})) })
  })
  return await new Promise((resolve) => {
    const { CI, ...rest } = process.env
    execFile('sh', ['scripts/audit.sh'], { cwd: project, env: { ...rest, npm_config_registry: `${origin}/`, npm_config_cache: t.testdir({}), npm_config_fetch_retries: '0', ...env } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), text: stdout + stderr, asked })
    })
  })
}

t.test('what a registry says is passed on', async (t) => {
  t.match(await audit(t, 200, {}), { code: 0, text: /found 0 vulnerabilities/, asked: 1 })
  const weakness = { id: 1, url: 'https://example.com/1', title: 'It can be talked into anything', severity: 'low', vulnerable_versions: '*', cwe: [], cvss: { score: 1, vectorString: null } }
  t.match(await audit(t, 200, { fastify: [weakness] }), { code: 1, text: /It can be talked into anything/ })
})

t.test('a registry that tells nothing is no success', async (t) => {
  t.match(await audit(t, 405, {}), { code: 0, text: /405 .*\nNOTHING WAS CHECKED/ })
  t.match(await audit(t, 405, {}, { CI: 'true' }), { code: 77, text: /NOTHING WAS CHECKED/ }, 'which .ci/run counts as skipped')
})

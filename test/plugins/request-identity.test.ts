import t from 'tap'
import { createLogLines } from '../factories/log-lines.ts'
import { buildTestApp } from '../factories/test-app.ts'

t.test('requests keep the id and the trace of whoever sends them', async (t) => {
  const { log, lines } = createLogLines()
  const { app } = await buildTestApp(t, { models: false, start: false, log })
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736'

  const answer = await app.inject({ url: '/nowhere', headers: { 'x-request-id': 'lb-17:3f.2', traceparent: `00-${trace}-00f067aa0ba902b7-01` } })
  t.equal(answer.headers['x-request-id'], 'lb-17:3f.2')
  t.equal(answer.json().requestId, 'lb-17:3f.2')
  const own = lines.filter((line) => line['reqId'] === 'lb-17:3f.2')
  t.ok(own.some((line) => line['trace'] === trace && line['code'] === 'POSE_ERR_NOT_FOUND'), 'the line of the refusal has both')

  for (const headers of [{}, { 'x-request-id': 'two\u0020words' }, { 'x-request-id': 'x'.repeat(129) }, { 'x-request-id': '{"a":1}' }, { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` }, { traceparent: 'nonsense' }] as Array<Record<string, string>>) {
    const before = lines.length
    const other = await app.inject({ url: '/nowhere', headers })
    t.match(other.headers['x-request-id'], /^[0-9a-f-]{36}$/, JSON.stringify(headers))
    t.notOk(lines.slice(before).some((line) => 'trace' in line))
  }
})

import { setFlagsFromString } from 'node:v8'
import t from 'tap'
import { createJsonParser } from '../../src/inference/create-json-parser.ts'

const toBody = (value: unknown) => Buffer.from(JSON.stringify(value))
const task = (id: number) => ({ id, data: { image: `/data/${id}.jpg`, note: 'ä 日本 \u2028' }, annotations: [{ result: [1, 2, 3] }], predictions: [{ result: [] }], drafts: [] })

t.test('a small body is parsed as it stands', async (t) => {
  const parser = createJsonParser({ inlineBytes: 1e6 })
  t.teardown(() => parser.close())
  t.same(await parser.parse(toBody({ tasks: [task(1)] })), { tasks: [task(1)] })
  t.same(await parser.parse(Buffer.from('\ufeff{"a":1}')), { a: 1 }, 'a byte order mark is no content')
  await t.rejects(parser.parse(Buffer.from('{"tasks":[}')), { code: 'POSE_ERR_REQUEST_INVALID', message: /Unexpected token in the JSON/ })
  await t.rejects(parser.parse(Buffer.from('')), { code: 'POSE_ERR_REQUEST_INVALID', message: /the body is empty/ })
  const bent = await parser.parse(Buffer.from('{"a":1,"__proto__":{"admin":true},"constructor":{"prototype":{}}}'))
  t.same(Object.keys(bent as object), ['a'], 'keys that bend objects are left out')
  t.notOk((bent as { admin?: boolean }).admin)
})

t.test('more values than any body that is meant', async (t) => {
  const parser = createJsonParser({ inlineBytes: 100 })
  t.teardown(() => parser.close())
  await t.rejects(parser.parse(Buffer.from(`[${'0,'.repeat(5_000_000)}0]`)), { code: 'POSE_ERR_REQUEST_INVALID', message: /more than 5000000 values/ })
})

t.test('a large body goes through the thread', async (t) => {
  const parser = createJsonParser({ inlineBytes: 100 })
  t.teardown(() => parser.close())

  const tasks = Array.from({ length: 2000 }, (_, id) => task(id))
  const expected = tasks.map(({ id, data }) => ({ id, data }))
  let ticks = 0
  const ticker = setInterval(() => { ticks++ }, 1)
  t.same(await parser.parse(toBody({ tasks, project: '1.2', params: { context: null } })), { tasks: expected, project: '1.2', params: { context: null } })
  clearInterval(ticker)
  t.ok(ticks > 2, 'the event loop turned meanwhile')

  t.same(await parser.parse(toBody({ action: 'PROJECT_UPDATED', task: task(1), padding: 'x'.repeat(100) })), { action: 'PROJECT_UPDATED', task: { id: 1, data: task(1).data }, padding: 'x'.repeat(100) })
  const shared = Buffer.from(`[${'7,'.repeat(200)}7]`)
  t.ok(shared.buffer.byteLength > shared.byteLength, 'a view into memory of others')
  t.equal((await parser.parse(shared) as number[]).length, 201)
  t.equal(shared.toString().slice(0, 4), '[7,7', 'which stays theirs')

  await t.rejects(parser.parse(Buffer.from('{"tasks":[' + '1,'.repeat(100) + '}')), { code: 'POSE_ERR_REQUEST_INVALID', message: /Unexpected token/ })
  t.same(Object.keys(await parser.parse(Buffer.from(`{"padding":"${'x'.repeat(100)}","__proto__":{}}`)) as object), ['padding'])
  for (const text of ['[', '{"a":']) {
    const deep = text.repeat(100_000) + '1' + (text === '[' ? ']' : '}').repeat(100_000)
    await t.rejects(parser.parse(Buffer.from(deep)), { code: 'POSE_ERR_REQUEST_INVALID', message: /nested more than 200 deep/ })
  }
  t.same(await parser.parse(Buffer.from('['.repeat(199) + '1' + ']'.repeat(199)))
    .then((value) => JSON.stringify(value).length), 399, 'deep, but not too deep')
})

t.test('what was wrong is said without a word of the text', async (t) => {
  const wrong: Array<[text: string, said: RegExp]> = [
    ['{"token":"secret",}', /Expected double-quoted property name in JSON at position 18/],
    ['{"token":"secret" "x"}', /Expected ',' or '}' after property value in JSON at position 18/],
    ['{"token":"secret', /Unterminated string in JSON at position 16/],
    ['{"token":"secret"', /Expected ',' or '}' .* position 17/],
    ['{"token":"secret","x":[}', /Unexpected token in the JSON/],
    ['{"token":secret}', /Unexpected token in the JSON/],
    ['secret', /Unexpected token in the JSON/],
    ['"sec\nret', /Bad control character in string literal in JSON at position 4/],
    ['undefined', /this is no JSON/]
  ]
  for (const inlineBytes of [1e6, 0]) {
    const parser = createJsonParser({ inlineBytes })
    t.teardown(() => parser.close())
    for (const [text, said] of wrong) {
      const error = await parser.parse(Buffer.from(text)).then(() => null, (error: Error) => error)
      t.match(error, { code: 'POSE_ERR_REQUEST_INVALID', message: said }, text)
      t.notMatch(error?.message, /sec|ret/, 'nothing is quoted')
    }
  }
})

t.test('many large bodies at once are refused', async (t) => {
  const parser = createJsonParser({ inlineBytes: 0, waitingBodies: 2 })
  t.teardown(() => parser.close())
  const results = await Promise.allSettled(Array.from({ length: 5 }, (_, id) => parser.parse(toBody([id]))))
  t.match(results, [
    { value: [0] }, { value: [1] }, { value: [2] },
    { reason: { code: 'POSE_ERR_OVERLOADED' } }, { reason: { code: 'POSE_ERR_OVERLOADED' } }
  ])
})

t.test('a body that takes all memory fails alone', async (t) => {
  setFlagsFromString('--max-old-space-size=60')
  const parser = createJsonParser({ inlineBytes: 0 })
  t.teardown(() => parser.close())
  const huge = parser.parse(Buffer.from('[' + '{"a":{}},'.repeat(600_000) + '1]'))
  const small = parser.parse(toBody({ ok: true }))
  await t.rejects(huge, { code: 'POSE_ERR_BODY_TOO_LARGE' })
  t.same(await small, { ok: true })
  setFlagsFromString('--max-old-space-size=4096')
})

t.test('close finishes what was accepted', async (t) => {
  const parser = createJsonParser({ inlineBytes: 0 })
  const accepted = [parser.parse(toBody([1])), parser.parse(toBody([2]))]
  await parser.close()
  t.same(await Promise.all(accepted), [[1], [2]])
})

/** Requests made to break the service: each gets an answer of ours or an end of its connection, and the next honest one is answered. */
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import { rawPost, sendRaw, type RawAnswer } from '../factories/raw-request.ts'
import { drawnTask } from '../factories/task.ts'
import { buildTestApp } from '../factories/test-app.ts'

interface Case {
  name: string
  bytes: string | Uint8Array
  /** The status and the name of our error; no name: an answer of Node's own, or a good one. */
  expect: readonly [status: number, error?: string]
}

const honest = await drawnTask(1)
const config = labelConfigPreset('body17')
const prototypeBefore = Object.getOwnPropertyNames(Object.prototype).join()
const get = (path: string, ...headers: string[]) => `GET ${path} HTTP/1.1\r\n${['Host: 127.0.0.1', ...headers].map((header) => `${header}\r\n`).join('')}\r\n`
const chunked = (...chunks: string[]) => `POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunks.join('')}`

async function start (t: Test, env: Record<string, string> = {}) {
  const { app } = await buildTestApp(t, { env: { RATE_LIMIT_MAX: '0', ...env } })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  let longest = 0
  return {
    port,
    longest: () => longest,
    async send (bytes: string | Uint8Array, silenceMs = 20_000): Promise<RawAnswer> {
      const begun = performance.now()
      const answer = await sendRaw(port, bytes, { silenceMs })
      longest = Math.max(longest, performance.now() - begun)
      return answer
    },
    /** What somebody else gets. */
    async isWell (t: Test, after: string): Promise<void> {
      const health = await sendRaw(port, get('/health', 'Connection: close'), { silenceMs: 30_000 })
      if (health.status !== 200) t.fail(`after ${after}: /health ${health.status}`)
    },
    async predicts (t: Test): Promise<void> {
      const { status, text } = await sendRaw(port, rawPost('/predict', JSON.stringify({ tasks: [honest], label_config: config })), { silenceMs: 60_000 })
      t.equal(status, 200, 'an honest request is answered')
      t.match(text, /"keypointlabels"/, 'with people')
    }
  }
}

async function run (t: Test, { send, isWell }: Awaited<ReturnType<typeof start>>, cases: readonly Case[], silenceMs?: number): Promise<void> {
  for (const { name, bytes, expect: [status, error] } of cases) {
    const answer = await send(bytes, silenceMs)
    t.equal(answer.status, status, `${name}: ${answer.text.slice(0, 120)}`)
    if (error !== undefined) t.equal(answer.code, `POSE_ERR_${error}`, name)
    t.notMatch(answer.text, /\n {4}at |node_modules|\.ts:\d/, `${name}: no stack`)
    await isWell(t, name)
  }
}

t.test('what is no HTTP', async (t) => {
  const service = await start(t)
  const bad = [400, 'REQUEST_INVALID'] as const
  await run(t, service, [
    { name: 'garbage', bytes: 'garbage\r\n\r\n', expect: bad },
    { name: 'bytes at random', bytes: Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * 7919) % 256)), expect: bad },
    { name: 'TLS to a port that speaks none', bytes: Buffer.from('160301020001000000', 'hex'), expect: bad },
    { name: 'preface of HTTP/2', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', expect: bad },
    { name: 'unknown version', bytes: 'GET / HTTP/3.7\r\nHost: a\r\n\r\n', expect: bad },
    { name: 'unknown method', bytes: 'STEAL / HTTP/1.1\r\nHost: a\r\n\r\n', expect: bad },
    { name: 'bare line feeds', bytes: 'GET /health HTTP/1.1\nHost: a\n\n', expect: bad },
    { name: 'control character in the path', bytes: get('/he\u0001lth'), expect: bad },
    { name: 'NUL in a header', bytes: get('/health', 'X-A: \0'), expect: bad },
    { name: 'header without a colon', bytes: get('/health', 'nonsense'), expect: bad },
    { name: 'folded header', bytes: get('/health', 'X-A: a\r\n b'), expect: bad },
    { name: 'no host', bytes: 'GET /health HTTP/1.1\r\n\r\n', expect: bad },
    { name: 'two hosts', bytes: get('/health', 'Host: evil.example'), expect: bad },
    { name: 'path that cannot be decoded', bytes: get('/%zz', 'Connection: close'), expect: [404, 'NOT_FOUND'] },
    { name: 'parameter that is too long', bytes: get(`/jobs/${'x'.repeat(300)}`, 'Connection: close'), expect: bad },
    { name: 'header of 20 KB', bytes: get('/health', `X-A: ${'y'.repeat(20_000)}`), expect: [431, 'HEADERS_TOO_LARGE'] },
    { name: 'path of 20 KB', bytes: get(`/${'x'.repeat(20_000)}`), expect: [431, 'HEADERS_TOO_LARGE'] },
    { name: 'thousands of headers', bytes: get('/health', ...Array.from({ length: 5000 }, (_, i) => `x-${i}: ${i}`)), expect: [431, 'HEADERS_TOO_LARGE'] },
    { name: 'as many as fit', bytes: get('/health', ...Array.from({ length: 1000 }, (_, i) => `x-${i}: 1`), 'Connection: close'), expect: [200] },
    { name: 'trailers of 100 KB', bytes: chunked('2\r\n{}\r\n0\r\n', 'X-Trailer: y\r\n'.repeat(8000), '\r\n'), expect: [431, 'HEADERS_TOO_LARGE'] },
    { name: 'an upgrade that nobody offers', bytes: get('/health', 'Connection: Upgrade, close', 'Upgrade: websocket'), expect: [200] },
    { name: 'an expectation that nobody knows', bytes: 'POST /predict HTTP/1.1\r\nHost: a\r\nExpect: 200-maybe\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}', expect: [417] }
  ])
  await service.predicts(t)
})

t.test('one request that two servers would read as different ones (smuggling)', async (t) => {
  const service = await start(t)
  const inner = 'GET /label-config HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
  const post = (...headers: string[]) => `POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n`
  for (const [name, bytes] of [
    ['length and chunks', `${post('Content-Length: 6', 'Transfer-Encoding: chunked')}0\r\n\r\n${inner}`],
    ['chunks and length', `${post('Transfer-Encoding: chunked', 'Content-Length: 6')}0\r\n\r\n${inner}`],
    ['two lengths', `${post('Content-Length: 2', `Content-Length: ${2 + inner.length}`)}{}${inner}`],
    ['list of lengths', `${post('Content-Length: 2, 2')}{}${inner}`],
    ['negative length', `${post('Content-Length: -1')}${inner}`],
    ['length with a sign', `${post('Content-Length: +2')}{}${inner}`],
    ['length beyond all numbers', `${post('Content-Length: 99999999999999999999999')}{}${inner}`],
    ['hexadecimal length', `${post('Content-Length: 0x2')}{}${inner}`],
    ['unknown coding', `${post('Transfer-Encoding: xchunked')}0\r\n\r\n${inner}`],
    ['coding behind chunked', `${post('Transfer-Encoding: chunked, identity')}0\r\n\r\n${inner}`],
    ['space before the colon', `${post('Transfer-Encoding : chunked')}0\r\n\r\n${inner}`],
    ['tab before the value', `${post('Transfer-Encoding:\tchunked', 'Content-Length: 5')}0\r\n\r\n${inner}`],
    ['vertical tab before the value', `${post('Transfer-Encoding: \u000bchunked')}0\r\n\r\n${inner}`],
    ['chunk size that is none', `${chunked('zz\r\n{}\r\n0\r\n\r\n')}${inner}`],
    ['negative chunk size', `${chunked('-2\r\n{}\r\n0\r\n\r\n')}${inner}`],
    ['chunk longer than its size', `${chunked('1\r\n{}\r\n0\r\n\r\n')}${inner}`],
    ['chunk extension of 20 KB', `${chunked(`2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`)}${inner}`],
    ['chunks that end with line feeds', `${chunked('2\n{}\n0\n\n')}${inner}`]
  ] as const) {
    const { status, code, text, ended } = await service.send(bytes)
    t.match({ status, code }, { status: 400, code: 'POSE_ERR_REQUEST_INVALID' }, `${name}: ${text.slice(0, 80)}`)
    t.ok(ended, `${name}: the connection ends`)
    t.notMatch(text, /<View>/, `${name}: the request inside is not answered`)
    await service.isWell(t, name)
  }
})

t.test('many requests on one connection are answered in order', async (t) => {
  const service = await start(t)
  const { text } = await service.send(get('/live').repeat(500) + get('/nothing-here', 'Connection: close'))
  t.equal(text.match(/HTTP\/1\.1 200/g)?.length, 500)
  t.match(text, /POSE_ERR_NOT_FOUND[^]*$/, 'the last one last')
})

t.test('JSON made to exhaust', async (t) => {
  const service = await start(t, { MAX_BODY_MB: '8', MAX_TASKS: '50' })
  const nested = (open: string, close: string, depth = 100_000) => open.repeat(depth) + '1' + close.repeat(depth)
  const arrays = nested('[', ']')
  const objects = nested('{"a":', '}')
  const bad = [400, 'REQUEST_INVALID'] as const
  const before = process.memoryUsage().rss
  await run(t, service, [
    ...['/predict', '/setup', '/playground/export'].flatMap((path) => [
      { name: `arrays 100,000 deep to ${path}`, bytes: rawPost(path, arrays), expect: bad },
      { name: `objects 100,000 deep to ${path}`, bytes: rawPost(path, objects), expect: bad },
      { name: `opened 400,000 times to ${path}`, bytes: rawPost(path, '['.repeat(400_000)), expect: bad },
      { name: `inside a field to ${path}`, bytes: rawPost(path, `{"tasks":[],"extra_params":${arrays},"schema":""}`), expect: bad }
    ]),
    { name: 'in the picture of a task', bytes: rawPost('/predict', `{"tasks":[{"data":{"image":${arrays}}}]}`), expect: bad },
    { name: 'in what is drawn', bytes: rawPost('/predict', `{"tasks":[{"data":{}}],"params":{"context":{"result":${arrays}}}}`), expect: bad },
    { name: 'in a body for the thread', bytes: rawPost('/predict', `{"tasks":[{"data":${nested('[', ']', 400_000)}}]}`), expect: bad },
    { name: '/webhook takes anything', bytes: rawPost('/webhook', arrays), expect: [201] },
    { name: 'a body that is too long', bytes: rawPost('/predict', `{"tasks":[],"x":"${'x'.repeat(9_000_000)}"}`), expect: [413, 'BODY_TOO_LARGE'] },
    { name: 'one that says it is', bytes: rawPost('/predict', '{}', { 'content-length': '99999999999' }), expect: [413, 'BODY_TOO_LARGE'] },
    { name: 'one in chunks', bytes: chunked(...Array.from({ length: 10 }, () => `f4240\r\n${' '.repeat(1_000_000)}\r\n`), '0\r\n\r\n'), expect: [413, 'BODY_TOO_LARGE'] },
    { name: 'one to an address for small ones', bytes: rawPost('/setup', `{"x":"${'x'.repeat(1_200_000)}"}`), expect: [413, 'BODY_TOO_LARGE'] },
    { name: 'number of a million digits', bytes: rawPost('/predict', `{"tasks":[{"id":${'1'.repeat(1_000_000)}}]}`), expect: [200] },
    { name: 'number beyond all', bytes: rawPost('/predict', '{"tasks":[{"id":1e999999}],"params":{"confidence_threshold":1e400}}'), expect: bad },
    { name: 'a million elements', bytes: rawPost('/predict', `{"tasks":[${'0,'.repeat(1_000_000)}0]}`), expect: bad },
    { name: '90,000 tasks, of which 50 are taken', bytes: rawPost('/predict', `{"tasks":[${'{},'.repeat(90_000)}{}]}`), expect: [200] },
    { name: 'a million tasks', bytes: rawPost('/predict', `{"tasks":[${'{},'.repeat(1_000_000)}{}]}`), expect: bad },
    { name: 'a hundred thousand keys', bytes: rawPost('/predict', `{"tasks":[{"data":{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":1`).join()}}}]}`), expect: [200] },
    { name: 'keys twice', bytes: rawPost('/predict', '{"tasks":5,"tasks":[],"tasks":[]}'), expect: [200] },
    { name: 'an address of 4 MB', bytes: rawPost('/predict', JSON.stringify({ tasks: [{ data: { image: `https://${'x'.repeat(4_000_000)}` } }] })), expect: [200] },
    { name: 'NaN', bytes: rawPost('/predict', '{"tasks":[NaN]}'), expect: bad },
    { name: 'nothing', bytes: rawPost('/predict', ''), expect: bad },
    { name: 'null', bytes: rawPost('/predict', 'null'), expect: bad },
    { name: 'a string', bytes: rawPost('/predict', '"tasks"'), expect: bad }
  ])
  const grown = process.memoryUsage().rss - before
  t.ok(grown < 700e6, `memory grew by ${Math.round(grown / 1e6)} MB`)
  t.ok(service.longest() < 15_000, `the longest took ${Math.round(service.longest())} ms`)
  await service.predicts(t)
})

t.test('bodies in other forms and letters', async (t) => {
  const service = await start(t, { MAX_BODY_MB: '8' })
  const text = '{"tasks":[{"data":{"image":"https://a.invalid/\u00ff.jpg"}}]}'
  const multipart = (boundary: string) => `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="../../a.jpg"\r\n\r\n`
  const unsupported = [415, 'UNSUPPORTED_MEDIA_TYPE'] as const
  const as = (type: string, body: string | Uint8Array = '{}') => rawPost('/predict', body, { 'content-type': type })
  await run(t, service, [
    { name: 'multipart', bytes: as('multipart/form-data; boundary=x', multipart('x')), expect: unsupported },
    { name: 'multipart without a boundary', bytes: as('multipart/form-data', multipart('x')), expect: unsupported },
    { name: 'multipart with a boundary of 10 KB', bytes: as(`multipart/form-data; boundary=${'x'.repeat(10_000)}`, multipart('x')), expect: unsupported },
    { name: 'form', bytes: as('application/x-www-form-urlencoded', 'tasks[__proto__][polluted]=1'), expect: unsupported },
    { name: 'XML', bytes: as('text/xml', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'), expect: unsupported },
    { name: 'YAML', bytes: as('application/yaml', 'a: !!js/function x'), expect: unsupported },
    { name: 'two types', bytes: as('application/json, text/plain'), expect: unsupported },
    { name: 'no type at all', bytes: as('', '{"tasks":[]}'), expect: unsupported },
    { name: 'nonsense for a type', bytes: as('%%%/;;='), expect: unsupported },
    { name: 'gzip', bytes: rawPost('/predict', gzipSync('{"tasks":[]}'), { 'content-encoding': 'gzip' }), expect: unsupported },
    { name: 'gzip of a hundred megabytes', bytes: rawPost('/predict', gzipSync(Buffer.alloc(100_000_000, ' ')), { 'content-encoding': 'GZip' }), expect: unsupported },
    { name: 'gzip upon gzip', bytes: rawPost('/predict', gzipSync(gzipSync('{}')), { 'content-encoding': 'gzip, gzip' }), expect: unsupported },
    { name: 'invalid UTF-8 in a text', bytes: as('application/json', Buffer.concat([Buffer.from('{"tasks":[{"data":{"image":"'), Buffer.from([0xff, 0xc0, 0xaf, 0xed, 0xa0, 0x80]), Buffer.from('"}}]}')])), expect: [200] },
    { name: 'invalid UTF-8 elsewhere', bytes: as('application/json', Buffer.from([0x7b, 0xff, 0x7d])), expect: [400, 'REQUEST_INVALID'] },
    { name: 'UTF-16', bytes: as('application/json; charset=utf-16', Buffer.from(`\ufeff${text}`, 'utf16le')), expect: [400, 'REQUEST_INVALID'] },
    { name: 'half a surrogate pair', bytes: as('application/json', '{"tasks":[{"data":{"image":"/data/upload/1/\\ud800.jpg"}}],"label_config":null}'), expect: [200] },
    { name: 'half a surrogate pair in the interface', bytes: rawPost('/predict', JSON.stringify({ tasks: [honest], label_config: config.replace('nose', 'nose\ud800') })), expect: [200] },
    { name: 'NUL and other controls', bytes: as('application/json', '{"tasks":[{"data":{"image":"\\u0000\\u0007\\u001b[2J"}}]}'), expect: [200] },
    { name: 'a control character in JSON', bytes: as('application/json', '{"tasks":[{"data":{"image":"\u0007"}}]}'), expect: [400, 'REQUEST_INVALID'] }
  ])
  await service.predicts(t)
})

t.test('labelling interfaces made to exhaust, or to read what is not theirs', async (t) => {
  const service = await start(t)
  const image = '<Image name="image" value="$image"/>'
  const around = (inside: string) => `<View>${image}${inside}</View>`
  const points = (labels: string) => around(`<KeyPointLabels name="k" toName="image">${labels}</KeyPointLabels>`)
  const laughs = `<!DOCTYPE lolz [<!ENTITY a "lol">${Array.from({ length: 9 }, (_, i) => `<!ENTITY a${i} "${`&a${i === 0 ? '' : i - 1};`.repeat(10)}">`).join('')}]>`
  const forms: Array<[name: string, xml: string, status: number, error?: string]> = [
    ['billion laughs', laughs + points('<Label value="&a8;"/>'), 400, 'LABEL_CONFIG_INVALID'],
    ['quadratic blow-up', `<!DOCTYPE a [<!ENTITY x "${'x'.repeat(50_000)}">]>${points(`<Label value="${'&x;'.repeat(5000)}"/>`)}`, 400, 'LABEL_CONFIG_INVALID'],
    ['external entity', `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${points('<Label value="&x;"/>')}`, 400, 'LABEL_CONFIG_INVALID'],
    ['parameter entity', `<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/x.dtd"> %x;]>${points('')}`, 400, 'LABEL_CONFIG_INVALID'],
    ['external DTD', `<!DOCTYPE a SYSTEM "http://127.0.0.1/x.dtd">${points('')}`, 400, 'LABEL_CONFIG_INVALID'],
    ['DOCTYPE in small letters', `<!doctype a>${points('')}`, 400, 'LABEL_CONFIG_INVALID'],
    ['entity that nobody has declared', points('<Label value="&x;"/><Label value="nose"/>'), 200],
    ['XInclude', around('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'), 422, 'LABEL_CONFIG_UNMATCHED'],
    ['style sheet', `<?xml-stylesheet href="http://127.0.0.1/x.xsl"?>${points('<Label value="nose"/>')}`, 200],
    ['tags 100,000 deep', `${'<View>'.repeat(70_000)}${'</View>'.repeat(70_000)}`, 400, 'LABEL_CONFIG_INVALID'],
    ['tags that never end', '<View>'.repeat(150_000), 400, 'LABEL_CONFIG_INVALID'],
    ['comment that never ends', around('<!--'.repeat(100_000)), 400, 'LABEL_CONFIG_INVALID'],
    ['too long', around(' '.repeat(1024 * 1024)), 400, 'LABEL_CONFIG_INVALID'],
    ['100,000 tags', around('<A/>'.repeat(100_000)), 422, 'LABEL_CONFIG_UNMATCHED'],
    ['50,000 attributes', `<View ${Array.from({ length: 50_000 }, (_, i) => `a${i}="1"`).join(' ')}/>`, 422, 'LABEL_CONFIG_UNMATCHED'],
    ['an attribute of a megabyte', around(`<KeyPointLabels name="k" toName="${'image,'.repeat(150_000)}"><Label value="nose"/></KeyPointLabels>`), 200],
    ['a label of a megabyte', points(`<Label value="${'1 2 '.repeat(250_000)}"/>`), 422, 'LABEL_CONFIG_UNMATCHED'],
    ['a value of a megabyte', `<View><Image name="image" value="$${'a.'.repeat(500_000)}"/><KeyPointLabels name="k" toName="image"><Label value="nose"/></KeyPointLabels></View>`, 200],
    ['7,000 pictures', `<View>${Array.from({ length: 7000 }, (_, i) => `<Image name="i${i}" value="$image"/><KeyPointLabels name="k${i}" toName="i${i}"><Label value="nose"/></KeyPointLabels>`).join('')}</View>`, 200],
    ['tag called __proto__', around('<__proto__ name="a" toName="image"><Label value="nose"/></__proto__>'), 400, 'LABEL_CONFIG_INVALID'],
    ['attribute called __proto__', around('<KeyPointLabels name="k" toName="image" __proto__="x"/>'), 400, 'LABEL_CONFIG_INVALID'],
    ['controls and labels called so', around('<KeyPointLabels name="__proto__" toName="image"><Label value="__proto__"/><Label value="constructor"/><Label value="nose"/></KeyPointLabels>'), 200],
    ['picture called so', '<View><Image name="__proto__" value="$__proto__.polluted"/><KeyPointLabels name="k" toName="__proto__"><Label value="nose"/></KeyPointLabels></View>', 200],
    ['no XML', '\u0000\u0001', 400, 'LABEL_CONFIG_INVALID'],
    ['JSON', '{"a":1}', 400, 'LABEL_CONFIG_INVALID']
  ]
  await run(t, service, forms.map(([name, xml, status, error]) => ({ name, bytes: rawPost('/predict', JSON.stringify({ tasks: [{ data: { image: 'x' } }], label_config: xml })), expect: error === undefined ? [status] : [status, error] })))
  t.ok(service.longest() < 15_000, `the longest took ${Math.round(service.longest())} ms`)
  for (const [name, xml] of forms) {
    // /setup answers with the reason as a warning; the longest is longer than its body may be.
    const { status } = await service.send(rawPost('/setup', JSON.stringify({ project: '1.1', schema: xml })))
    t.ok(status === 200 || status === 413, `${name} to /setup: ${status}`)
  }
  await service.predicts(t)
})

t.test('keys that reach the prototypes of objects', async (t) => {
  const service = await start(t)
  const evil = '"__proto__":{"polluted":1,"toString":1},"constructor":{"prototype":{"polluted":1}},"prototype":{"polluted":1},"\\u005f_proto__":{"polluted":1}'
  for (const [path, body] of [
    ['/predict', `{${evil},"tasks":[{${evil},"data":{${evil},"image":"x"}}],"params":{${evil},"context":null}}`],
    ['/setup', `{${evil},"project":"1.1","schema":"","extra_params":{${evil}}}`],
    ['/webhook', `{${evil},"action":"ANNOTATION_CREATED","annotation":{${evil},"id":1,"result":[{${evil}}]},"task":{${evil},"id":1},"project":{${evil},"id":1}}`],
    ['/webhook', `[{${evil}},{"action":"__proto__","project":{"id":"__proto__"}}]`],
    ['/fit', `{${evil}}`],
    ['/jobs', `{${evil},"project":1}`],
    ['/playground/export', `{${evil},"format":"coco","pictures":[{${evil},"picture":{"name":"__proto__","width":9,"height":9,"bytes":1,"modified":""},"modelVersion":"x","keypointSet":"__proto__","people":[]}]}`]
  ] as const) {
    const { status } = await service.send(rawPost(path, body))
    t.ok(status >= 200 && status < 500, `${path}: ${status}`)
  }
  const query = '__proto__[polluted]=1&__proto__.polluted=1&constructor[prototype][polluted]=1&__proto__=1&constructor=1&preset=__proto__&project=__proto__&failures=constructor'
  for (const path of ['/', '/health', '/label-config', '/versions', '/check', '/jobs', '/projects/1/quality', '/metrics', '/__proto__', '/jobs/__proto__', '/playground/__proto__', '/constructor/prototype']) {
    const { status } = await service.send(get(`${path}?${query}`, '__proto__: polluted', 'constructor: polluted', 'Connection: close'))
    t.ok(status >= 200 && status < 500, `${path}: ${status}`)
  }
  t.equal(({} as { polluted?: unknown }).polluted, undefined)
  t.equal(Object.getOwnPropertyNames(Object.prototype).join(), prototypeBefore, 'the prototype of all objects is as it was')
  await service.predicts(t)
})

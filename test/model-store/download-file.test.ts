import { readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { Agent } from 'undici'
import { downloadFile, dropPart, type DownloadOptions } from '../../src/model-store/download-file.ts'
import { startFileServer } from '../factories/file-server.ts'
import { startLocalServer } from '../factories/local-server.ts'
import { seededBytes } from '../factories/seeded-bytes.ts'

const content = seededBytes(500_000)
const dispatcher = new Agent()
t.teardown(() => dispatcher.destroy())

/** A download of `address` into a folder of the test. */
function into (dir: string, address: string, more: Partial<DownloadOptions> = {}): DownloadOptions {
  return { address, part: join(dir, 'model.part'), bytes: null, maxBytes: 1e6, isChecked: false, dispatcher, signal: new AbortController().signal, onProgress () {}, patience: { connectMs: 1000, stallMs: 5000, waitMs: 1 }, ...more }
}

async function holds (options: DownloadOptions): Promise<boolean> {
  return (await readFile(options.part)).equals(content)
}

t.test('a file, with progress', async (t) => {
  const { origin } = await startFileServer(t, { '/m.onnx': content })
  const seen: Array<[number, number | null]> = []
  const options = into(t.testdir(), `${origin}/m.onnx`, { onProgress: (received, total) => { seen.push([received, total]) } })
  await downloadFile(options)
  t.ok(await holds(options))
  t.same(seen.at(-1), [content.length, content.length])
  t.ok(seen.every(([received], index) => index === 0 || received > seen[index - 1]![0]))
  await dropPart(options.part)
  await t.rejects(stat(options.part), { code: 'ENOENT' })
  await t.rejects(stat(`${options.part}.json`), { code: 'ENOENT' })
})

t.test('a line that breaks again and again is continued where it broke', async (t) => {
  const { origin, asked, requests } = await startFileServer(t, { '/m.onnx': content }, { breakAfter: (count) => count < 4 ? 120_000 : null })
  const options = into(t.testdir(), `${origin}/m.onnx`)
  await downloadFile(options)
  t.ok(await holds(options))
  t.same(asked(), ['/m.onnx', '/m.onnx bytes=120000-', '/m.onnx bytes=240000-', '/m.onnx bytes=360000-'])
  t.match(requests[1]!.headers['if-range'], /^"/, 'only of the same file')
})

t.test('a line that brings nothing any more is given up', async (t) => {
  const { origin, requests } = await startFileServer(t, { '/m.onnx': content }, { breakAfter: () => 100 })
  const options = into(t.testdir(), `${origin}/m.onnx`)
  await t.rejects(downloadFile(options), { name: 'DownloadFault', message: /^the connection broke/, transient: true })
  t.ok(requests.length <= 4, `${requests.length} requests`)
})

t.test('the next start continues what an earlier one has left', async (t) => {
  const address = (origin: string) => `${origin}/m.onnx`
  const { origin, asked } = await startFileServer(t, { '/m.onnx': content }, { breakAfter: (count) => count === 1 ? 200_000 : null })
  const calledOff = new AbortController()
  const options = into(t.testdir(), address(origin), { signal: calledOff.signal, onProgress: (received) => { if (received >= 200_000) calledOff.abort(new Error('SIGTERM')) } })
  await t.rejects(downloadFile(options), { message: 'SIGTERM' })
  const { size } = await stat(options.part)
  t.ok(size > 0 && size <= 200_000)
  await downloadFile({ ...options, signal: new AbortController().signal, onProgress () {} })
  t.ok(await holds(options))
  t.equal(asked()[1], `/m.onnx bytes=${size}-`)
})

t.test('a file that has changed meanwhile begins anew', async (t) => {
  const files = { '/m.onnx': seededBytes(300_000, 9) }
  const { origin } = await startFileServer(t, files, { breakAfter: (count) => count === 1 ? 100_000 : null })
  const options = into(t.testdir(), `${origin}/m.onnx`, { onProgress: () => { files['/m.onnx'] = content } })
  await downloadFile(options)
  t.ok(await holds(options), 'no mixture of both')
})

t.test('without a tag only what will be checked is continued', async (t) => {
  const left = content.subarray(0, 100_000)
  for (const isChecked of [true, false]) {
    const { origin, asked } = await startFileServer(t, { '/m.onnx': content }, { tagged: false })
    const options = into(t.testdir(), `${origin}/m.onnx`, { isChecked })
    await writeFile(options.part, left)
    await downloadFile(options)
    t.ok(await holds(options))
    t.same(asked(), [isChecked ? '/m.onnx bytes=100000-' : '/m.onnx'])
  }
})

t.test('a server without ranges is asked for all', async (t) => {
  const { origin } = await startFileServer(t, { '/m.onnx': content }, { ranges: false, breakAfter: (count) => count === 1 ? 120_000 : null })
  const options = into(t.testdir(), `${origin}/m.onnx`)
  await downloadFile(options)
  t.ok(await holds(options))
})

t.test('announced lengths that are lies', async (t) => {
  const more = await startFileServer(t, { '/m.onnx': content }, { lieBy: 1000 })
  const known = into(t.testdir({}), `${more.origin}/m.onnx`, { bytes: content.length })
  await t.rejects(downloadFile(known), { message: `announces ${content.length + 1000} bytes instead of ${content.length}`, transient: false })
  const unknown = into(t.testdir({}), `${more.origin}/m.onnx`)
  await downloadFile(unknown)
  t.ok(await holds(unknown), 'the second try learns that there is no more')

  const stubborn = await startFileServer(t, { '/m.onnx': content }, { lieBy: 1000, ranges: false })
  const kept = into(t.testdir({}), `${stubborn.origin}/m.onnx`)
  await t.rejects(downloadFile(kept), { name: 'DownloadFault', transient: true })
  t.ok(await holds(kept), 'what came is kept: whoever knows its hash may see that it is all')

  const fewer = await startFileServer(t, { '/m.onnx': content }, { lieBy: -1000 })
  await t.rejects(downloadFile(into(t.testdir({}), `${fewer.origin}/m.onnx`, { bytes: content.length })), { message: /announces 499000 bytes/ })
})

t.test('what is complete is not fetched again', async (t) => {
  const { origin, asked } = await startFileServer(t, { '/m.onnx': content })
  const options = into(t.testdir(), `${origin}/m.onnx`, { isChecked: true })
  await writeFile(options.part, content)
  await downloadFile(options)
  t.same(asked(), ['/m.onnx bytes=500000-'], 'answered with 416')
  t.ok(await holds(options))

  await writeFile(options.part, Buffer.concat([content, content]))
  await downloadFile(options)
  t.ok(await holds(options), 'too much: begun anew')
})

t.test('a file larger than allowed ends at once', async (t) => {
  const { origin } = await startFileServer(t, { '/m.onnx': content })
  await t.rejects(downloadFile(into(t.testdir({}), `${origin}/m.onnx`, { maxBytes: 1000 })), { message: /^is larger than .*MODEL_MAX_MB/, transient: false })
  const silent = await startLocalServer(t, (_request, response) => { response.writeHead(200).end(content) })
  const options = into(t.testdir({}), `${silent.origin}/m.onnx`, { maxBytes: 1000 })
  await t.rejects(downloadFile(options), { message: /^is larger than/ }, 'without an announced length')
})

t.test('redirects are followed, but neither in a circle nor elsewhere', async (t) => {
  const target = await startFileServer(t, { '/cdn/m.onnx': content }, { breakAfter: (count) => count === 1 ? 120_000 : null })
  const { origin } = await startLocalServer(t, (request, response) => {
    const location = { '/m.onnx': `${target.origin}/cdn/m.onnx`, '/near': '/m.onnx', '/circle': '/circle', '/file': 'file:///etc/passwd', '/bad': 'http://' }[request.url ?? '']
    response.writeHead(302, { ...(location && { location }) }).end('<html>moved</html>')
  })
  const options = into(t.testdir({}), `${origin}/near`)
  await downloadFile(options)
  t.ok(await holds(options))
  t.same(target.asked(), ['/cdn/m.onnx', '/cdn/m.onnx bytes=120000-'], 'Range goes along')
  for (const [path, message] of [['/circle', /leads on more than 5 times/], ['/file', /leads from http:\/\/ to file:\/\//], ['/bad', /an address that is none/], ['/else', /answered 302/]] as const) {
    await t.rejects(downloadFile(into(t.testdir({}), origin + path)), { message, transient: false })
  }
})

t.test('a server that is slow, but goes on, is waited for', async (t) => {
  const { origin } = await startFileServer(t, { '/m.onnx': content }, { slow: [50_000, 30] })
  const options = into(t.testdir(), `${origin}/m.onnx`, { patience: { connectMs: 1000, stallMs: 150, waitMs: 1 } })
  await downloadFile(options)
  t.ok(await holds(options))
})

t.test('a server that trickles is given up', async (t) => {
  const { origin } = await startFileServer(t, { '/m.onnx': content }, { slow: [10, 20] })
  await t.rejects(downloadFile(into(t.testdir(), `${origin}/m.onnx`, { patience: { connectMs: 1000, stallMs: 100, waitMs: 1 } })), { message: 'the bytes stopped coming', transient: true })
})

t.test('a server that is busy for a moment', async (t) => {
  const { origin } = await startFileServer(t, { '/m.onnx': content }, { status: (count) => count === 1 ? 503 : count === 2 ? 429 : null })
  const options = into(t.testdir(), `${origin}/m.onnx`)
  await downloadFile(options)
  t.ok(await holds(options))
  const none = await startFileServer(t, {})
  await t.rejects(downloadFile(into(t.testdir({}), `${none.origin}/m.onnx`)), { message: 'the server answered 404', transient: false })
  t.equal(none.requests.length, 1, 'what is not there is asked for once')
})

t.test('hosts that cannot be reached, and what is no HTTP', async (t) => {
  const closed = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => closed.once('listening', resolve))
  const { port } = closed.address() as { port: number }
  await new Promise((resolve) => closed.close(resolve))
  await t.rejects(downloadFile(into(t.testdir({}), `http://127.0.0.1:${port}/m.onnx`)), { message: 'nothing listens there (ECONNREFUSED)', unreachable: true })

  const garbage = createServer((socket) => { socket.end('no http at all\r\n\r\n') }).listen(0, '127.0.0.1')
  await new Promise((resolve) => garbage.once('listening', resolve))
  t.teardown(() => garbage.close())
  await t.rejects(downloadFile(into(t.testdir({}), `http://127.0.0.1:${(garbage.address() as { port: number }).port}/m.onnx`)), { name: 'DownloadFault' })
})

t.test('a folder that is none', async (t) => {
  const { origin } = await startFileServer(t, { '/m.onnx': content })
  const dir = t.testdir({ file: '' })
  await t.rejects(downloadFile(into(join(dir, 'file'), `${origin}/m.onnx`)), { message: /a file lies in the place of the folder \(ENOTDIR\)/ })
})

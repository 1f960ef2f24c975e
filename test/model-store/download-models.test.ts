import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { findPose } from '../../models/find-model.ts'
import { downloadModels, type DownloadModelsOptions, type FileProgress } from '../../src/model-store/download-models.ts'
import { locateModels, type LocateOptions } from '../../src/model-store/locate-models.ts'
import { LOCK_FILE } from '../../src/model-store/pinned-hashes.ts'
import { startFileServer } from '../factories/file-server.ts'
import { startLocalServer } from '../factories/local-server.ts'
import { createTestPose, writeTestModels } from '../factories/onnx-model.ts'
import { writeZip } from '../factories/zip-writer.ts'

t.setTimeout(60_000)

/** Two files whose hashes the registry does not know. */
const entries = [findPose('rtmpose-s-halpe26-256x192')!, findPose('rtmpose-x-halpe26-384x288')!]
const networks = [createTestPose({ keypointSet: 'halpe-26' }), createTestPose({ keypointSet: 'halpe-26', poseSize: [288, 384], seed: 3 })]
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const nobody = await startLocalServer(t, (_request, response) => { response.writeHead(500).end() }, undefined, (_request, socket) => { socket.end('HTTP/1.1 403 Forbidden\r\n\r\n') })
// Whatever is not the mirror's would leave this machine: it goes to a proxy that lets nothing through.
process.env['HTTPS_PROXY'] = nobody.origin

function served (): Record<string, Uint8Array> {
  return Object.fromEntries(entries.map(({ file }, index) => [`/${file.replace(/\.onnx$/, '.zip')}`, writeZip([{ name: 'a/end2end.onnx', content: networks[index]! }])]))
}

function options (modelDir: string, mirror: string, more: Partial<DownloadModelsOptions> = {}): DownloadModelsOptions {
  return { modelDir, mirror, maxBytes: 1e7, signal: new AbortController().signal, onProgress () {}, patience: { connectMs: 1000, stallMs: 5000, waitMs: 1 }, ...more }
}

t.test('files of unknown hash are pinned, and checked from then on', async (t) => {
  const { origin } = await startFileServer(t, served())
  const dir = join(t.testdir(), 'new', 'folder')
  const progress: FileProgress[][] = []
  const fetched = await downloadModels(entries, options(dir, origin, { onProgress: (files) => { progress.push([...files]) } }))
  t.same(fetched.map(({ sha256, isPinned }) => [sha256, isPinned]), networks.map((network) => [sha256(network), true]))
  t.same((await readdir(dir)).sort(), [...entries.map(({ file }) => file), LOCK_FILE].sort())
  t.ok(progress.at(-1)!.every(({ received, total }) => received > 0 && received === total))
  const pins = JSON.parse(await readFile(join(dir, LOCK_FILE), 'utf8')) as Record<string, object>
  t.match(pins[entries[0]!.file], { sha256: sha256(networks[0]!), bytes: networks[0]!.length, address: `${origin}/${entries[0]!.file.replace('.onnx', '.zip')}`, date: /^20\d\d-/ })

  const own = await writeTestModels(join(dir, 'own'))
  const mode: LocateOptions = { mode: 'feet-lightweight', modelDir: dir, detectorModel: own.detectorPath, poseModel: null }
  t.equal((await locateModels(mode)).pose.sha256, sha256(networks[0]!))
  await writeFile(join(dir, entries[0]!.file), networks[1]!)
  await t.rejects(locateModels(mode), { code: 'POSE_ERR_MODEL_BROKEN', message: new RegExp(`${entries[0]!.file} has the SHA-256 ${sha256(networks[1]!)} instead of ${sha256(networks[0]!)}, which was downloaded on 20.*models\\.lock\\.json`) })
  await writeFile(join(dir, LOCK_FILE), '{"')
  await t.rejects(locateModels(mode), { code: 'POSE_ERR_MODEL_BROKEN', message: /models\.lock\.json.* is damaged/ })
})

t.test('a pinned file that is fetched again must be the same', async (t) => {
  const files = served()
  const { origin } = await startFileServer(t, files)
  const [entry] = entries as [typeof entries[number]]
  const name = entry.file.replace('.onnx', '.zip')
  const pin = { sha256: sha256(networks[1]!), bytes: networks[1]!.length, address: 'https://example.com', date: '2026-01-01T00:00:00Z' }
  const dir = t.testdir({ [LOCK_FILE]: JSON.stringify({ [entry.file]: pin }) })
  await t.rejects(downloadModels([entry], options(dir, origin)), { name: 'DownloadFault', message: new RegExp(`could not be downloaded .*${name}: what came has`) })
  files[`/${name}`] = writeZip([{ name: 'end2end.onnx', content: networks[1]! }])
  t.match(await downloadModels([entry], options(dir, origin)), [{ sha256: pin.sha256, isPinned: false }])
})

t.test('one file that cannot be had does not cost the other', async (t) => {
  const { origin } = await startFileServer(t, Object.fromEntries(Object.entries(served()).slice(0, 1)))
  const dir = t.testdir()
  await t.rejects(downloadModels(entries, options(dir, origin)), { name: 'DownloadFault', message: new RegExp(`^${entries[1]!.title} could not be downloaded`) })
  t.ok((await readFile(join(dir, entries[0]!.file))).equals(networks[0]!))
  t.match(JSON.parse(await readFile(join(dir, LOCK_FILE), 'utf8')), { [entries[0]!.file]: { sha256: sha256(networks[0]!) } })
})

t.test('the proxy of the environment is asked, and only for what is not local', async (t) => {
  const hosts: string[] = []
  const proxy = await startLocalServer(t, (_request, response) => { response.writeHead(502).end() }, undefined, (request, socket) => {
    hosts.push(request.url ?? '')
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  })
  process.env['HTTPS_PROXY'] = proxy.origin
  t.teardown(() => { process.env['HTTPS_PROXY'] = nobody.origin })
  const { origin, requests } = await startFileServer(t, {})
  await t.rejects(downloadModels(entries.slice(0, 1), options(t.testdir(), origin)), { name: 'DownloadFault' })
  t.equal(requests.length, 3, 'the mirror itself')
  t.same(hosts, ['download.openmmlab.com:443', 'huggingface.co:443'])
})

t.test('a proxy that is no address', async (t) => {
  process.env['HTTPS_PROXY'] = 'no address'
  t.teardown(() => { process.env['HTTPS_PROXY'] = nobody.origin })
  await t.rejects(downloadModels(entries.slice(0, 1), options(t.testdir(), 'http://127.0.0.1:1')), { name: 'DownloadFault', message: 'HTTP_PROXY or HTTPS_PROXY is no address' })
})

t.test('a proxy that hangs up is given up', async (t) => {
  const proxy = await startLocalServer(t, (_request, response) => { response.destroy() }, undefined, (_request, socket) => { socket.destroy() })
  process.env['HTTPS_PROXY'] = proxy.origin
  t.teardown(() => { process.env['HTTPS_PROXY'] = nobody.origin })
  const { origin } = await startFileServer(t, {})
  await t.rejects(downloadModels(entries.slice(0, 1), options(t.testdir(), origin, { patience: { connectMs: 200, stallMs: 5000, waitMs: 1 } })), { name: 'DownloadFault', message: /openmmlab\.com.*huggingface\.co/ })
})

t.test('replicas that share the folder download once', async (t) => {
  const { origin, asked } = await startFileServer(t, served(), { slow: [4000, 50] })
  const dir = t.testdir()
  const waiting: FileProgress[][] = []
  const first = downloadModels(entries, options(dir, origin))
  // The second is a process of its own, as replicas are.
  const second = new Promise<{ fetched: number, waited: number }>((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('fixtures/download-process.ts', import.meta.url)), [dir, origin, ...entries.map(({ id }) => id)], { execArgv: ['--import', 'tsx'], env: process.env })
    child.once('message', (message) => { resolve(message as { fetched: number, waited: number }) })
    child.once('exit', (code) => { reject(new Error(`ended with ${code}`)) })
  })
  const third = downloadModels(entries, options(dir, origin, { onProgress: (files) => { waiting.push([...files]) } }))
  const fetched = [(await first).length, (await second).fetched, (await third).length]
  t.same(fetched.sort(), [0, 0, 2])
  // A file that is not there by its own name is then asked for as an archive.
  t.equal(asked().filter((path) => path.endsWith('.zip')).length, 2)
  t.ok(waiting.length > 0)
  for (const { file } of entries) t.ok((await readdir(dir)).includes(file))
})

t.test('a lock that a crash has left is taken over', async (t) => {
  const { origin } = await startFileServer(t, served())
  const dir = t.testdir()
  const lock = join(dir, '.download.lock')
  await mkdir(lock)
  const old = new Date(Date.now() - 60_000)
  await utimes(lock, old, old)
  t.equal((await downloadModels(entries, options(dir, origin))).length, 2)
  t.notOk((await readdir(dir)).includes('.download.lock'))
})

t.test('a folder that cannot be', async (t) => {
  const dir = t.testdir({ file: '' })
  await t.rejects(downloadModels(entries, options(join(dir, 'file', 'models'), 'http://127.0.0.1:1')), { name: 'DownloadFault', message: /models: a file lies in the place of the folder \(ENOTDIR\)/ })
})

t.test('called off, the next start goes on', async (t) => {
  const files = served()
  // A fiftieth of the shorter one at a time: both are under way when the call comes.
  const least = Math.min(...Object.values(files).map(({ length }) => length))
  const { origin, asked } = await startFileServer(t, files, { slow: [Math.ceil(least / 50), 20] })
  const dir = t.testdir()
  const stop = new AbortController()
  await t.rejects(downloadModels(entries, options(dir, origin, { signal: stop.signal, onProgress: (files) => { if (files.every(({ received }) => received > least / 10)) stop.abort(new Error('SIGTERM')) } })), { message: 'SIGTERM' })
  t.same((await readdir(dir)).filter((name) => name.endsWith('.part')).length, 2)
  t.notOk((await readdir(dir)).includes('.download.lock'), 'nobody waits for the dead')
  await downloadModels(entries, options(dir, origin))
  t.equal(asked().filter((path) => / bytes=[1-9]/.test(path)).length, 2)
})

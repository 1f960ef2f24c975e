import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { Agent } from 'undici'
import type { ModelEntry } from '../../models/model-entry.ts'
import { findPose } from '../../models/find-model.ts'
import { fetchModel, type FetchOptions } from '../../src/model-store/fetch-model.ts'
import { modelAddresses } from '../../src/model-store/model-addresses.ts'
import { startFileServer } from '../factories/file-server.ts'
import { createTestPose } from '../factories/onnx-model.ts'
import { seededBytes } from '../factories/seeded-bytes.ts'
import { writeZip } from '../factories/zip-writer.ts'

const onnx = createTestPose({ keypointSet: 'halpe-26' })
const archive = writeZip([
  { name: '20230831/rtmpose_onnx/stem/deploy.json', content: Buffer.from('{}') },
  { name: '20230831/rtmpose_onnx/stem/end2end.onnx', content: onnx },
  { name: '20230831/rtmpose_onnx/stem/pipeline.json', content: Buffer.from('{}') }
])
const html = Buffer.from('<!doctype html><title>Sign in to the network</title>')
const dispatcher = new Agent()
t.teardown(() => dispatcher.destroy())

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

function fetching (modelDir: string, addresses: string[], known: Partial<Pick<ModelEntry, 'bytes' | 'sha256' | 'archiveSha256'>> = {}, more: Partial<FetchOptions> = {}): FetchOptions {
  const entry = { ...findPose('rtmpose-s-halpe26-256x192')!, file: 'pose.onnx', addresses, bytes: null, sha256: null, archiveSha256: null, ...known }
  return { entry, modelDir, mirror: null, maxBytes: 1e7, dispatcher, signal: new AbortController().signal, unreachable: new Map(), onProgress () {}, patience: { connectMs: 1000, stallMs: 5000, waitMs: 1 }, ...more }
}

t.test('an archive becomes the one .onnx it holds', async (t) => {
  const { origin } = await startFileServer(t, { '/a/stem.zip': archive })
  const dir = t.testdir()
  const fetched = await fetchModel(fetching(dir, [`${origin}/a/stem.zip`]))
  t.match(fetched, { sha256: sha256(onnx), bytes: onnx.length, address: `${origin}/a/stem.zip` })
  t.ok((await readFile(join(dir, 'pose.onnx'))).equals(onnx))
  t.same(await readdir(dir), ['pose.onnx'], 'nothing else stays')
})

t.test('a plain file, and archives that are called otherwise', async (t) => {
  const { origin } = await startFileServer(t, { '/m.onnx': onnx, '/download': archive })
  for (const path of ['/m.onnx', '/download']) {
    const dir = t.testdir({})
    await fetchModel(fetching(dir, [origin + path], { sha256: path === '/m.onnx' ? sha256(onnx) : null }))
    t.ok((await readFile(join(dir, 'pose.onnx'))).equals(onnx), path)
  }
})

t.test('a folder that takes no file ends the search', async (t) => {
  const { origin, asked } = await startFileServer(t, { '/a.onnx': onnx, '/b.onnx': onnx })
  const dir = t.testdir({ models: 'a file' })
  await t.rejects(fetchModel(fetching(join(dir, 'models'), [`${origin}/a.onnx`, `${origin}/b.onnx`])), { message: /models: a file lies in the place of the folder \(ENOTDIR\)$/ })
  t.same(asked(), ['/a.onnx'], 'the second address would help no more')
})

t.test('another file is refused, and the next address asked', async (t) => {
  const other = createTestPose({ seed: 2 })
  const { origin, asked } = await startFileServer(t, {
    '/page.zip': html, '/other.onnx': other, '/other.zip': writeZip([{ name: 'end2end.onnx', content: other }]), '/good.zip': archive
  })
  const dir = t.testdir()
  const known = { bytes: onnx.length, sha256: sha256(onnx), archiveSha256: null }
  const fetched = await fetchModel(fetching(dir, [`${origin}/page.zip`, `${origin}/none.zip`, `${origin}/other.zip`, `${origin}/good.zip`], known))
  t.equal(fetched.address, `${origin}/good.zip`)
  t.same(asked(), ['/page.zip', '/none.zip', '/other.zip', '/good.zip'])
  t.same(await readdir(dir), ['pose.onnx'])

  const bad = t.testdir({})
  const { message } = await fetchModel(fetching(bad, [`${origin}/page.zip`, `${origin}/none.zip`, `${origin}/other.zip`], known)).then(() => new Error('fetched'), (error: unknown) => error as Error)
  t.match(message, `${origin}/page.zip: what came is neither an .onnx nor a .zip; ${origin}/none.zip: the server answered 404; ${origin}/other.zip: what came has`)
  t.same(await readdir(bad), [], 'nothing of it stays, and nothing got the name')
  await t.rejects(fetchModel(fetching(bad, [`${origin}/other.onnx`], { sha256: sha256(onnx) })), { message: new RegExp(`SHA-256 ${sha256(other)} instead of ${sha256(onnx)}`) })
  await t.rejects(fetchModel(fetching(bad, [`${origin}/good.zip`], { archiveSha256: sha256(html) })), { message: new RegExp(`SHA-256 ${sha256(archive)} instead of`) })
  await t.rejects(fetchModel(fetching(bad, [`${origin}/good.zip`], { bytes: 5 })), { message: /has \d+ bytes instead of 5/ })
  t.same(await readdir(bad), [])
})

t.test('archives that are damaged, empty, ambiguous or far too large', async (t) => {
  const broken = Buffer.from(archive)
  broken.fill(0xff, 200, 400)
  const { origin } = await startFileServer(t, {
    '/broken.zip': broken,
    '/short.zip': archive.subarray(0, 500),
    '/empty.zip': writeZip([{ name: 'readme.txt', content: html }]),
    '/two.zip': writeZip([{ name: 'a.onnx', content: onnx }, { name: 'b.onnx', content: onnx }]),
    '/page.zip': writeZip([{ name: 'end2end.onnx', content: html }]),
    '/bomb.zip': writeZip([{ name: 'end2end.onnx', content: new Uint8Array(2e7) }])
  })
  const dir = t.testdir()
  for (const [name, message] of [
    ['broken', /the archive is damaged/], ['short', /the archive is damaged/], ['empty', /holds no \.onnx/], ['two', /holds 2 \.onnx files/],
    ['page', /the \.onnx of the archive is none/], ['bomb', /end2end\.onnx is larger than 10 MB/]
  ] as const) {
    await t.rejects(fetchModel(fetching(dir, [`${origin}/${name}.zip`])), { name: 'DownloadFault', message }, name)
  }
  t.same(await readdir(dir), [])
})

t.test('a server that announces more than it has, every time', async (t) => {
  const { origin } = await startFileServer(t, { '/m.zip': archive }, { lieBy: 100, ranges: false })
  const dir = t.testdir()
  await fetchModel(fetching(dir, [`${origin}/m.zip`], { archiveSha256: sha256(archive) }))
  t.ok((await readFile(join(dir, 'pose.onnx'))).equals(onnx), 'the hash says that all is there')
  await t.rejects(fetchModel(fetching(t.testdir({}), [`${origin}/m.zip`])), { message: /broke|announced/ }, 'without a hash nobody can say')
})

t.test('what an earlier try has left of another file', async (t) => {
  const { origin, asked } = await startFileServer(t, { '/m.onnx': onnx })
  const dir = t.testdir()
  await writeFile(join(dir, '.m.onnx.part'), seededBytes(1000))
  await fetchModel(fetching(dir, [`${origin}/m.onnx`], { sha256: sha256(onnx) }))
  t.same(asked(), ['/m.onnx bytes=1000-', '/m.onnx'])
  t.ok((await readFile(join(dir, 'pose.onnx'))).equals(onnx))
})

t.test('the next address continues where the first has broken off', async (t) => {
  const first = await startFileServer(t, { '/m.zip': archive }, { breakAfter: (count) => count === 1 ? 3000 : 0 })
  const second = await startFileServer(t, { '/copy/m.zip': archive })
  const dir = t.testdir()
  const fetched = await fetchModel(fetching(dir, [`${first.origin}/m.zip`, `${second.origin}/copy/m.zip`], { archiveSha256: sha256(archive) }))
  t.equal(fetched.sha256, sha256(onnx))
  t.same(second.asked(), ['/copy/m.zip bytes=3000-'])
})

t.test('a host that cannot be reached is asked once for all files', async (t) => {
  const closed = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => closed.once('listening', resolve))
  const origin = `http://127.0.0.1:${(closed.address() as { port: number }).port}`
  await new Promise((resolve) => closed.close(resolve))
  const unreachable = new Map<string, string>()
  await t.rejects(fetchModel(fetching(t.testdir(), [`${origin}/a.zip`, `${origin}/b.zip`], {}, { unreachable })), { message: `${new URL(origin).host}: nothing listens there (ECONNREFUSED)` })
  t.same([...unreachable.keys()], [origin])
})

t.test('the mirror is asked first, by file, by archive and by the path at OpenMMLab', async (t) => {
  const entry = findPose('rtmpose-s-halpe26-256x192')!
  const [, path] = /(rtmposev1\/.*)$/.exec(entry.addresses[0]!)!
  const base = 'http://mirror.example/models'
  t.same(modelAddresses(entry, `${base}/`), [`${base}/${entry.file}`, `${base}/${path!.split('/').at(-1)}`, `${base}/${path}`, ...entry.addresses])
  t.same(modelAddresses(entry, null), entry.addresses)
  t.same(modelAddresses(findPose('dwpose-l-384x288')!, base).slice(0, -1), [`${base}/dw-ll_ucoco_384.onnx`])

  const { origin } = await startFileServer(t, { '/m/pose.onnx': onnx })
  const fetched = await fetchModel(fetching(t.testdir(), ['http://127.0.0.1:1/never.zip'], {}, { mirror: `${origin}/m` }))
  t.equal(fetched.address, `${origin}/m/pose.onnx`)
})

/** Path traversal: what lies beside a folder is read by nobody who only writes tasks, asks for addresses or hands over archives. */
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import { unpackOnnx } from '../../src/model-store/unpack-onnx.ts'
import { callCli } from '../factories/call-cli.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { exportedTask, randomPeople, regionsOf, writeExport } from '../factories/exported-tasks.ts'
import { startLocalServer } from '../factories/local-server.ts'
import { buildTestApp } from '../factories/test-app.ts'
import { writeZip } from '../factories/zip-writer.ts'
import { traversals } from './traversals.ts'

const picture = await drawPicture()

/**
 * Data folders of Label Studio with a picture each, and a secret on every step above, which is a picture too: whoever could read
 * it would find people.
 */
async function makeFolders (t: Test) {
  const base = await mkdtemp(join(tmpdir(), 'traversal-test-'))
  t.teardown(() => rm(base, { recursive: true, force: true }))
  const upload = join(base, 'data', 'media', 'upload')
  const files = join(base, 'a', 'b', 'files')
  for (const folder of [join(upload, '1'), join(files, '1')]) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'a.jpg'), picture)
  }
  for (const folder of ['', 'data', 'data/media', 'a', 'a/b']) writeFileSync(join(base, folder, 'secret.jpg'), picture)
  return { base, upload, files }
}

t.test('no secret is read from beside the folders of Label Studio', async (t) => {
  const { base, upload, files } = await makeFolders(t)
  for (const root of [upload, files]) {
    symlinkSync(join(base, 'secret.jpg'), join(root, 'link.jpg'))
    symlinkSync('../secret.jpg', join(root, 'near.jpg'))
    symlinkSync(base, join(root, 'out'))
    symlinkSync('/', join(root, 'root'))
  }
  const labelStudio = await startLocalServer(t, (_request, response) => { response.writeHead(404).end() })
  const { app } = await buildTestApp(t, { env: { LABEL_STUDIO_URL: labelStudio.origin, DATA_DIR: join(base, 'data'), LOCAL_FILES_DIR: files } })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const predict = async (addresses: readonly string[]) => {
    const answer = await fetch(`${origin}/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ tasks: addresses.map((image) => ({ data: { image } })), label_config: labelConfigPreset('body17') }) })
    t.equal(answer.status, 200)
    return (await answer.json() as { results: Array<{ result?: unknown[], code?: string }> }).results
  }
  const prefixes = ['/data/upload/', '/data/local-files/?d=', '/storage-data/uploaded/?filepath=upload/']
  const tails = [
    ...traversals.flatMap(({ up }) => [1, 2, 3].map((times) => `${up.repeat(times)}secret.jpg`)),
    ...traversals.map(({ up }) => `1/${up.repeat(2)}secret.jpg`),
    join(base, 'secret.jpg'), `/${join(base, 'secret.jpg')}`, `file://${join(base, 'secret.jpg')}`, '/etc/passwd', '/proc/self/environ', '/proc/self/root/etc/passwd', '~/secret.jpg', 'C:\\secret.jpg', '..', '../', '.',
    'link.jpg', 'near.jpg', 'out/secret.jpg', 'out/data/secret.jpg', `root${join(base, 'secret.jpg')}`, 'out/../../secret.jpg', 'link.jpg/../../secret.jpg', '../secret.jpg%00.jpg', 'link.jpg%00', '../secret.jpg\u0000',
    `${'x/../'.repeat(1500)}../secret.jpg`, `${'../'.repeat(2700)}${base}/secret.jpg`, `${'a'.repeat(5000)}/../../secret.jpg`
  ]
  const forms = prefixes.flatMap((prefix) => tails.map((tail) => prefix + tail))
  t.ok(tails.length >= 40, `${tails.length} paths, ${forms.length} addresses`)

  await t.test('behind every path of Label Studio', async (t) => {
    const results = await predict(forms)
    const read = results.flatMap(({ result }, number) => result === undefined ? [] : [forms[number]])
    t.same(read, [], `0 of ${forms.length} read a secret`)
    const codes = results.reduce<Record<string, number>>((counts, { code = 'none' }) => ({ ...counts, [code]: (counts[code] ?? 0) + 1 }), {})
    t.comment(codes)
    t.same(Object.keys(codes).filter((code) => !/^POSE_ERR_SOURCE_(OUTSIDE|NOT_FOUND|UNSUPPORTED)$/.test(code)), [], 'each is told as what it is')
    const asked = labelStudio.requests.map(({ url }) => url)
    t.same(asked.filter((url) => !/^\/(data|storage-data)\//.test(new URL(url, 'http://x').pathname)), [], "nor was Label Studio asked for anything but its data paths, with the service's token")
  })

  await t.test('on the addresses of this machine that stand for Label Studio', async (t) => {
    const absolute = forms.map((form) => `http://localhost:8080${form}`)
    const results = await predict(absolute)
    t.same(results.flatMap(({ result }, number) => result === undefined ? [] : [absolute[number]]), [])
  })

  await t.test('the picture inside is read the same way', async (t) => {
    const results = await predict(prefixes.map((prefix) => `${prefix}1/a.jpg`))
    t.same(results.map(({ result }) => result !== undefined && result.length > 0), [true, true, true])
  })

  await t.test('a reader that only puts paths together would read them', async (t) => {
    const decodings: Array<(path: string) => string> = [decodeURIComponent, (path) => decodeURIComponent(decodeURIComponent(path)), (path) => decodeURIComponent(path).normalize('NFKC'), (path) => path.replace(/[\t\r\n\0]/g, ''), (path) => path.replace(/;[^/]*/g, '')]
    const isRead = (tail: string) => [upload, files].some((root) => decodings.some((decode) => {
      try {
        return readFileSync(join(root, decode(tail).replaceAll('\\', '/'))).equals(picture)
      } catch {
        return false
      }
    }))
    const effective = tails.filter(isRead)
    t.ok(effective.length >= 40, `${effective.length} of ${tails.length} paths are real ways out`)
  })
})

t.test('nothing but its own files is served at the addresses of the page and the documentation', async (t) => {
  const { app } = await buildTestApp(t, { models: false, env: { RATE_LIMIT_MAX: '0' } })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  /** Paths as they are: clients that know URLs fold them before they send. */
  const get = async (path: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`))
    return await text(socket)
  }
  t.match(await get('/playground/main.js'), /^HTTP\/1\.1 200 /)
  t.match(await get('/docs/static/index.css'), /^HTTP\/1\.1 200 /)
  const targets = ['package.json', 'etc/passwd', 'index.html']
  const secrets = /"devDependencies"|root:.*:0:0:/
  let refused = 0
  for (const prefix of ['/playground/', '/docs/static/', '/docs/', '/']) {
    for (const { up } of traversals) {
      for (const path of targets.map((target) => `${prefix}${up.repeat(target === 'etc/passwd' ? 8 : 3)}${target}`)) {
        const answer = await get(path)
        // A line end or space ends the request line, a number sign the path.
        if (!/^HTTP\/1\.1 (4\d\d|30[1278]) /.test(answer) && !/[\r\n\t #?]/.test(path)) t.fail(`${JSON.stringify(path)}: ${answer.slice(0, 60)}`)
        if (secrets.test(answer)) t.fail(`${JSON.stringify(path)} was read`)
        refused++
      }
    }
  }
  t.comment(`0 of ${refused} read a file`)
})

t.test('an export writes into its folder alone, whatever tasks call their pictures', async (t) => {
  const { base } = await makeFolders(t)
  const xml = labelConfigPreset('wholebody133')
  const [, people] = randomPeople(2)
  const inline = `data:image/jpeg;base64,${Buffer.from(picture).toString('base64')}`
  const addresses = ['/data/upload/', '/data/local-files/?d=', 's3://bucket/', 'https://pictures.example/'].flatMap((prefix) => traversals.map(({ up }) => `${prefix}${up.repeat(3)}written.jpg`))
  const tasks = [inline, ...addresses].map((image, index) => exportedTask(index + 1, regionsOf(xml, people!), { data: { image } }))
  const from = await writeExport(base, tasks)
  const before = await listAll(base)
  for (const format of ['yolo-pose', 'csv', 'coco-wholebody']) {
    const out = join(base, 'a', 'b', 'out', format)
    const { code, err } = await callCli(['export', '--from', from, '--format', format, '--out', out])
    t.ok([0, 65].includes(code), err.slice(0, 300))
    t.ok(existsSync(join(out, 'export.json')), format)
  }
  const made = (await listAll(base)).filter((path) => !before.includes(path))
  t.same(made.filter((path) => path !== 'a/b/out' && !path.startsWith('a/b/out/')), [], `${made.length} entries, all below the folder`)
  t.ok(made.length > 100)
})

t.test('an archive of a model writes one file, whatever its entries are called', async (t) => {
  const { base } = await makeFolders(t)
  const content = Buffer.from([8, 7, 18, 0])
  const before = await listAll(base)
  const names = [...traversals.map(({ up }) => `${up.repeat(2)}evil.onnx`), `${base}/evil.onnx`, '/evil.onnx', 'C:/evil.onnx', 'C:\\evil.onnx', 'link/../../evil.onnx']
  for (const name of names) {
    const archive = join(base, 'archive.zip')
    writeFileSync(archive, writeZip([{ name, content }]))
    await unpackOnnx(archive, join(base, 'target.onnx'), 1000).catch((error: Error) => { t.equal(error.name, 'DownloadFault', error.message) })
  }
  t.same((await listAll(base)).filter((path) => !before.includes(path)), ['archive.zip', 'target.onnx'], `${names.length} archives`)
})

async function listAll (folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort()
}

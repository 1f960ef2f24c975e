import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { findDetector, findPose } from '../../models/find-model.ts'
import { starterPose } from '../../models/registry/starter.ts'
import { starterFolder } from '../../src/starter-folder.ts'
import { callCli } from '../factories/call-cli.ts'
import { startFileServer } from '../factories/file-server.ts'
import { startLocalServer } from '../factories/local-server.ts'
import { createTestPose } from '../factories/onnx-model.ts'
import { writeZip } from '../factories/zip-writer.ts'

t.setTimeout(60_000)
const nobody = await startLocalServer(t, (_request, response) => { response.writeHead(500).end() }, undefined, (_request, socket) => { socket.end('HTTP/1.1 403 Forbidden\r\n\r\n') })
const pose = findPose('rtmpose-s-halpe26-256x192')!
const network = createTestPose({ keypointSet: 'halpe-26' })

/** The commands read the environment, as the service does. Whatever is not the mirror's goes to a proxy that lets nothing through. */
function settings (modelDir: string, mirror = 'http://127.0.0.1:1'): void {
  Object.assign(process.env, { HTTPS_PROXY: nobody.origin, MODEL_DIR: modelDir, MODEL_MIRROR: mirror, MODE: 'feet-lightweight' })
}

t.test('pull fetches, shows the licence and how far it is, and checks', async (t) => {
  const { origin, requests } = await startFileServer(t, { [`/${pose.file.replace('.onnx', '.zip')}`]: writeZip([{ name: 'end2end.onnx', content: network }]) }, { slow: [10_000, 60] })
  const dir = join(t.testdir(), 'models')
  settings(dir, origin)
  const { code, out, err } = await callCli(['models', 'pull', pose.id], 80)
  t.equal(code, 0, err)
  t.ok(out.includes(`${pose.title}. Licence: ${pose.license}`))
  t.match(out, new RegExp(`^${pose.file} came from ${origin}`, 'm'))
  t.match(out, /its SHA-256 was not known and is pinned in models\.lock\.json: [0-9a-f]{64}/)
  t.match(out, /^good {5}rtmpose-s-halpe26-256x192: .* \(as pinned on 20/m)
  t.match(err, /\[#+\.*\] RTMPose-s halpe26 256x192: [\d.]+ of [\d.]+ MB, \d+ %/)
  t.match(err, /\r\x1b\[2K$/, 'the bar is gone at the end') // eslint-disable-line no-control-regex

  const count = requests.length
  const again = await callCli(['models', 'pull', pose.id])
  t.match(again, { code: 0, err: '' })
  t.equal(requests.length, count, 'what is there is not fetched again')

  await writeFile(join(dir, pose.file), 'something else')
  const damaged = await callCli(['models', 'verify'])
  t.equal(damaged.code, 1)
  t.match(damaged.out, /^DAMAGED {2}rtmpose-s-halpe26-256x192: .*\(models\.lock\.json\)\. Remove it/m)
})

t.test('pull says what was wrong with each address', async (t) => {
  const dir = t.testdir()
  settings(dir)
  const { code, err } = await callCli(['models', 'pull', 'feet-lightweight'])
  t.equal(code, 1)
  for (const title of [pose.title, findDetector('yolox-tiny-humanart')!.title]) t.ok(err.includes(`${title} could not be downloaded (127.0.0.1:1: nothing listens there`), err)
  t.match(err, /download\.openmmlab\.com: the proxy refuses the connection.*huggingface\.co/)
  t.same(await readdir(dir), [])
  for (const word of ['turbo', 'constructor', 'toString']) t.match(await callCli(['models', 'pull', word]), { code: 64, err: new RegExp(`"${word}" is neither a mode \\(starter, lightweight.*nor a model`) })
})

t.test('unasked, pull fetches what the service would use', async (t) => {
  const [small, tiny] = [findDetector('yolox-s-humanart')!, findDetector('yolox-tiny-humanart')!]
  const wanted = async (variables: Record<string, string>): Promise<string[]> => {
    settings(t.testdir())
    Object.assign(process.env, variables)
    const { code, out } = await callCli(['models', 'pull'])
    for (const name of Object.keys(variables)) delete process.env[name]
    t.equal(code, 1, 'there is no network')
    return [small, tiny, pose].filter(({ title }) => out.includes(`${title}. Licence: `)).map(({ id }) => id)
  }
  t.same(await wanted({}), [tiny.id, pose.id])
  t.same(await wanted({ DETECTOR: 's' }), [small.id, pose.id])
  t.same(await wanted({ DETECTOR_MODEL: '/own/detector.onnx' }), [pose.id])
  t.same(await wanted({ POSE_MODEL: '/own/pose.onnx', DETECTOR: 's' }), [small.id])
})

t.test('the starter models need no download', async (t) => {
  settings(t.testdir())
  t.same(await callCli(['models', 'pull', 'starter']), { code: 0, out: '', err: '' })
  const { code, out } = await callCli(['models', 'verify', 'starter'])
  t.equal(code, 0)
  t.match(out, /^good {5}starter-detector: .*\ngood {5}starter-pose: .*\n$/)
})

t.test('verify looks at what is there, and asks for what is named', async (t) => {
  const dir = t.testdir()
  settings(dir)
  await writeFile(join(dir, pose.file), network)
  // The content of another model under the name of one with a known hash.
  const l = findPose('rtmw-l-256x192')!
  await mkdir(dir, { recursive: true })
  await copyFile(join(starterFolder(), starterPose.file), join(dir, l.file))
  const { code, out } = await callCli(['models', 'verify'])
  t.equal(code, 1)
  t.match(out, new RegExp(`^DAMAGED {2}${l.id}: .* has the SHA-256 ${starterPose.sha256} instead of ${l.sha256}\\. Remove it, and "models pull ${l.id}"`, 'm'))
  t.match(out, /^unknown {2}rtmpose-s-halpe26-256x192: .* has the SHA-256 [0-9a-f]{64}, and none is known$/m)
  t.notMatch(out, 'missing')
  t.match(await callCli(['models', 'verify', 'rtmpose-s-halpe26-256x192']), { code: 0 })
  t.match(await callCli(['models', 'verify', 'balanced']), { code: 1, out: /^missing {2}yolox-m-humanart: /m })
  await writeFile(join(dir, 'models.lock.json'), 'broken')
  t.match(await callCli(['models', 'verify', pose.id]), { code: 1, err: /models\.lock\.json.* is damaged/ })
})

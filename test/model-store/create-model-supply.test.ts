import { join } from 'node:path'
import { writeFile } from 'node:fs/promises'
import t from 'tap'
import { findPose } from '../../models/find-model.ts'
import { createModelSupply, type ModelSupply, type SupplyOptions } from '../../src/model-store/create-model-supply.ts'
import type { ObtainedModels } from '../../src/model-store/obtain-models.ts'
import { startFileServer } from '../factories/file-server.ts'
import { startLocalServer } from '../factories/local-server.ts'
import { createTestPose, writeTestModels } from '../factories/onnx-model.ts'

t.setTimeout(60_000)
const nobody = await startLocalServer(t, (_request, response) => { response.writeHead(500).end() }, undefined, (_request, socket) => { socket.end('HTTP/1.1 403 Forbidden\r\n\r\n') })
// Whatever is not the mirror's would leave this machine: it goes to a proxy that lets nothing through.
process.env['HTTPS_PROXY'] = nobody.origin

const entry = findPose('rtmpose-s-halpe26-256x192')!
const network = createTestPose({ keypointSet: 'halpe-26' })

interface Watched { supply: ModelSupply, found: ObtainedModels[], lines: string[] }

/** A mode whose pose network has no known hash, with an own detector. */
async function supplyOf (t: Pick<typeof import('tap')['default'], 'teardown'>, dir: string, more: Partial<SupplyOptions>, { searchMs = 30_000, retryMs = 50 }: { searchMs?: number, retryMs?: number | null } = {}): Promise<Watched> {
  const { detectorPath } = await writeTestModels(join(dir, 'own'))
  const found: ObtainedModels[] = []
  const lines: string[] = []
  const note = (...args: unknown[]) => { lines.push(String(args.at(-1))) }
  const log = { info: note, warn: note, error: note } as unknown as Parameters<typeof createModelSupply>[1]['log']
  const supply = createModelSupply({ mode: 'feet-lightweight', modelDir: dir, detectorModel: detectorPath, poseModel: null, precision: 'fp32', modelFallback: 'none', modelDownload: 'auto', modelMirror: null, modelMaxBytes: 1e7, ...more }, { log, retryMs, searchMs, onFound: (models) => { found.push(models) } })
  t.teardown(() => supply.close())
  return { supply, found, lines }
}

async function until (condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10))
}

t.test('a download tells how far it is, and what it has pinned', async (t) => {
  const { origin } = await startFileServer(t, { [`/${entry.file}`]: network }, { slow: [2000, 20] })
  const { supply, found, lines } = await supplyOf(t, t.testdir(), { modelMirror: origin })
  t.equal(supply.refusal(), null, 'while the files are looked for a request may wait')
  await supply.searched
  t.match(supply.refusal(), { code: 'POSE_ERR_MODEL_DOWNLOADING', statusCode: 503, message: /RTMPose-s halpe26 256x192: [\d.]+ of [\d.]+ MB, \d+ %/ })
  t.match(supply.progress(), [{ title: entry.title, total: network.length }])
  await supply.settled
  t.equal(found.length, 1)
  t.equal(found[0]!.fallback, null)
  t.equal(supply.refusal(), null)
  t.equal(supply.progress(), null)
  t.match(supply.warnings(), [/SHA-256 of RTMPose-s .* was not known.* is pinned in models\.lock\.json/])
  t.ok(lines.some((line) => line.includes(`Licence: ${entry.license}`)), 'licences are shown before anything is fetched')
})

t.test('what cannot be had is tried again, at growing intervals', async (t) => {
  const { origin, requests } = await startFileServer(t, { [`/${entry.file}`]: network }, { status: (count) => count <= 3 ? 404 : null })
  const { supply, found, lines } = await supplyOf(t, t.testdir(), { modelMirror: origin })
  await supply.settled
  t.match(supply.refusal(), { code: 'POSE_ERR_MODEL_MISSING', message: /^No model: RTMPose-s .* could not be downloaded \(.*answered 404.*download\.openmmlab\.com.*MODE=feet-lightweight needs .*expected at/ })
  t.match(lines.at(-1), /Next try in/)
  await until(() => found.length > 0)
  t.equal(supply.refusal(), null)
  // Three addresses at the mirror for each try.
  t.equal(requests.filter(({ url }) => url === `/${entry.file}`).length, 4)
})

t.test('whoever waits for one try alone hears of no other', async (t) => {
  const { origin, requests } = await startFileServer(t, {})
  const { supply, lines } = await supplyOf(t, t.testdir(), { modelMirror: origin }, { retryMs: null })
  await supply.settled
  t.match(supply.refusal(), { code: 'POSE_ERR_MODEL_MISSING' })
  t.notMatch(lines.join('\n'), 'Next try')
  const count = requests.length
  await new Promise((resolve) => setTimeout(resolve, 200))
  t.equal(requests.length, count)
})

t.test('never: nothing is asked for', async (t) => {
  const { origin, requests } = await startFileServer(t, { [`/${entry.file}`]: network })
  const { supply, lines } = await supplyOf(t, t.testdir(), { modelMirror: origin, modelDownload: 'never' })
  await supply.settled
  t.match(supply.refusal(), { code: 'POSE_ERR_MODEL_MISSING', message: /models pull rtmpose/ })
  t.same([requests.length, lines], [0, []])
})

t.test('a damaged file is named and left as it is', async (t) => {
  const { origin, requests } = await startFileServer(t, {})
  const dir = t.testdir()
  const pin = { sha256: 'ab'.repeat(32), bytes: 1, address: 'https://example.com', date: '2026-01-01T00:00:00Z' }
  await writeFile(join(dir, entry.file), network)
  await writeFile(join(dir, 'models.lock.json'), JSON.stringify({ [entry.file]: pin }))
  const { supply } = await supplyOf(t, dir, { modelMirror: origin })
  await supply.settled
  t.match(supply.refusal(), { code: 'POSE_ERR_MODEL_BROKEN', message: new RegExp(entry.file) })
  t.equal(requests.length, 0)
})

t.test('the starter models serve when all addresses fail, and nothing changes while they do', async (t) => {
  const dir = t.testdir()
  const { supply, found } = await supplyOf(t, dir, { mode: 'balanced', detectorModel: null, modelFallback: 'starter' })
  await supply.settled
  t.match(found, [{ fallback: /^No model: YOLOX-m Human-Art 640 could not be downloaded \(download\.openmmlab\.com: .*; huggingface\.co: / }])
  t.match(found[0]!.pose.entry, { id: 'starter-pose' })
  await new Promise((resolve) => setTimeout(resolve, 200))
  t.equal(found.length, 1, 'no further try')
})

t.test('a host that takes the connection and says nothing keeps no request waiting', async (t) => {
  const { origin } = await startLocalServer(t, () => {})
  const { supply } = await supplyOf(t, t.testdir(), { modelMirror: origin }, { searchMs: 500 })
  await supply.searched
  t.match(supply.refusal(), { code: 'POSE_ERR_MODEL_DOWNLOADING', message: /RTMPose-s halpe26 256x192: 0\.0 MB/ })
})

t.test('a download is called off when the service closes', async (t) => {
  const { origin } = await startFileServer(t, { [`/${entry.file}`]: network }, { slow: [500, 50] })
  const { supply, found } = await supplyOf(t, t.testdir(), { modelMirror: origin })
  await supply.searched
  await supply.close()
  await supply.settled
  t.equal(found.length, 0)
})

t.test('what nobody expected is no missing file', { skip: process.platform === 'linux' ? false : 'needs a file that is there, but cannot be read' }, async (t) => {
  const { supply } = await supplyOf(t, t.testdir(), { detectorModel: '/proc/self/mem' })
  await t.rejects(supply.settled, { code: 'EIO' })
})

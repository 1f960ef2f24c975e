import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Value } from 'typebox/value'
import { findDetector, findModelBySha256, findPose, registry } from '../../models/find-model.ts'
import { DetectorEntrySchema, PoseEntrySchema } from '../../models/model-entry.ts'
import { detectorChoices, modes, type Mode } from '../../models/modes.ts'
import { parseModelEntry } from '../../models/parse-model-entry.ts'
import { sharedDir } from '../factories/shared-dir.ts'

const shared = sharedDir()

t.test('every entry keeps the schema that own models must keep', async (t) => {
  for (const entry of registry) {
    t.ok(Value.Check(entry.task === 'pose' ? PoseEntrySchema : DetectorEntrySchema, entry), entry.id)
    t.equal(parseModelEntry(JSON.parse(JSON.stringify(entry))).id, entry.id, `${entry.id} as a file`)
    t.match(entry.file, /^[\w.-]+\.onnx$/, entry.file)
    for (const address of entry.addresses) t.match(address, /^https:\/\/[^ ]+\.(zip|onnx)$/, address)
  }
  for (const fact of ['id', 'file'] as const) t.equal(new Set(registry.map((entry) => entry[fact])).size, registry.length, `${fact}s are unique`)
  const hashes = registry.map(({ sha256 }) => sha256).filter((sha256) => sha256 !== null)
  t.equal(new Set(hashes).size, hashes.length, 'hashes are unique')
})

t.test('models are found by id and by hash', async (t) => {
  t.equal(findPose('rtmw-l-384x288')?.inputSize.join('x'), '288x384')
  t.equal(findDetector('yolox-m-humanart')?.inputSize.join('x'), '640x640')
  t.equal(findPose('yolox-m-humanart'), null, 'a detector is no pose network')
  t.equal(findDetector('nobody'), null)
  t.equal(findModelBySha256('bd033156e5104c4f5d2edfe0453e02661e30a2f3da453ec93c8764d561b83054')?.id, 'rtmw-l-384x288')
  t.equal(findModelBySha256('0'.repeat(64)), null)
})

t.test('the modes name models of the registry', async (t) => {
  const counts = { '': 'coco-wholebody-133', body: 'coco-17', feet: 'halpe-26' } as const
  for (const [mode, { detector, pose }] of Object.entries(modes)) {
    t.ok(findDetector(detector), `${mode}: ${detector}`)
    const family = mode.includes('-') ? mode.split('-')[0] as 'body' | 'feet' : ''
    t.equal(findPose(pose)?.keypointSet, counts[family], `${mode}: ${pose}`)
    if (mode !== 'starter') t.ok(findPose(pose)!.addresses.length > 0 && findDetector(detector)!.addresses.length > 0, `${mode} can be downloaded`)
  }
})

t.test('every choice of a detector is one, and can be downloaded', async (t) => {
  for (const [choice, id] of Object.entries(detectorChoices)) {
    const entry = findDetector(id)
    t.ok(entry !== null && entry.addresses.length > 0, choice)
    t.equal(entry?.output, choice.startsWith('coco-') ? 'yolox-raw' : 'nms-inside', choice)
    if (choice.startsWith('coco-')) t.notMatch(entry?.license, /Human-Art/, choice)
  }
})

t.test('the modes are those of RTMLib 0.0.16', { skip: shared === null ? 'needs the shared test data (SHARED_DIR)' : false }, async (t) => {
  interface Table {
    solutions: Record<string, { modes: Record<string, Record<'det' | 'pose', { file: string, input_size: [number, number] }>> }>
    files: Record<string, { url: string, mirror: string, zip?: { sha256: string | null }, onnx: { bytes: number | null, sha256: string | null } }>
  }
  const table = JSON.parse(readFileSync(join(shared!, 'golden', 'rtmlib-0.0.16-models.json'), 'utf8')) as Table
  for (const [solution, prefix] of [['Wholebody', ''], ['Body', 'body-'], ['BodyWithFeet', 'feet-']] as const) {
    for (const [mode, { det, pose }] of Object.entries(table.solutions[solution]!.modes)) {
      const chosen = modes[`${prefix}${mode}` as Mode]
      for (const [entry, wanted] of [[findDetector(chosen.detector)!, det], [findPose(chosen.pose)!, pose]] as const) {
        const file = table.files[wanted.file]!
        t.equal(entry.file, `${wanted.file}.onnx`)
        t.same(entry.inputSize, wanted.input_size)
        t.equal(entry.addresses[0], file.url)
        t.equal(entry.addresses[1]?.replace(/resolve\/[0-9a-f]{40}\//, 'resolve/main/'), file.mirror)
        t.same([entry.bytes, entry.sha256, entry.archiveSha256], [file.onnx.bytes, file.onnx.sha256, file.zip?.sha256 ?? null], `${entry.id}: size and hashes`)
      }
    }
  }
})

t.test('the public models of the test data are recognised', { skip: shared === null ? 'needs the shared test data (SHARED_DIR)' : false }, async (t) => {
  const manifest = JSON.parse(readFileSync(join(shared!, 'testdata', 'manifest.json'), 'utf8')) as { files: Array<{ path: string, kind: string, sha256: string, bytes: number }> }
  const detectors = manifest.files.filter(({ kind }) => kind === 'model/detector')
  t.equal(detectors.length, 3)
  for (const { path, sha256, bytes } of detectors) t.equal(findModelBySha256(sha256)?.bytes, bytes, path)
})

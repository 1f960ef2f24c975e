/**
 * Accuracy from end to end on the labelled photos of the shared test data.
 *
 *     npx tsx bench/accuracy.ts                                   the models of the test data
 *     npx tsx bench/accuracy.ts detector.onnx pose.json [...]     own models, .onnx or .json; pairs of detector and pose
 */
import { join } from 'node:path'
import { forbidRuntimeTelemetry } from '../src/config.ts'
import { sharedDir } from '../test/factories/shared-dir.ts'
import { readLabelledPhotos } from './labelled-photos.ts'
import { measureAccuracy } from './measure-accuracy.ts'

const THRESHOLDS = [0, 0.3, 0.5]

async function main (): Promise<void> {
  forbidRuntimeTelemetry()
  const shared = sharedDir()
  if (shared === null) throw new Error('The shared test data is missing: set SHARED_DIR to its folder.')
  const photos = readLabelledPhotos(shared)
  const models = join(shared, 'testdata', 'models')
  const pose = join(models, 'pose', 'body17_as_wholebody133_simcc_256x192.onnx')
  const named = process.argv.slice(2)
  const pairs = named.length > 0
    ? Array.from({ length: named.length >> 1 }, (_, index) => [named[index * 2]!, named[index * 2 + 1]!] as const)
    : ['yolox_nano_8xb8-300e_humanart-40f6f0d0', 'rtmdet_nano_person_mmdeploy_dynamic', 'yolox_nano_megvii_416'].map((name) => [join(models, 'detectors', `${name}.onnx`), pose] as const)
  const rows: Array<Record<string, string | number>> = []
  for (const [detectorPath, posePath] of pairs) {
    const start = performance.now()
    const results = await measureAccuracy(photos, detectorPath, posePath, THRESHOLDS)
    const milliseconds = (performance.now() - start) / photos.length
    for (const result of results) {
      rows.push({
        detector: detectorPath.split('/').at(-1)!.slice(0, 32),
        pose: posePath.split('/').at(-1)!.slice(0, 24),
        threshold: result.confidenceThreshold,
        persons: result.persons,
        'mean OKS': result.meanOks.toFixed(4),
        'OKS > 0.5': result.found.toFixed(3),
        people: result.peopleFound,
        'photos without': result.photosWithoutPeople.length,
        'ms per photo': milliseconds.toFixed(1)
      })
    }
  }
  console.table(rows)
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { findModelBySha256 } from '../../models/find-model.ts'
import type { DetectorEntry } from '../../models/model-entry.ts'
import { decodeFile } from '../factories/decode-file.ts'
import { loadGoldenNetworks, sha256 } from '../factories/golden-networks.ts'
import { sharedDir } from '../factories/shared-dir.ts'

// All photos run through real networks: minutes on a busy machine.
t.setTimeout(900_000)
const shared = sharedDir()
const skip = shared === null ? 'needs the shared test data (SHARED_DIR)' : false

interface GoldenDetector {
  boxes: number[][]
  whole_image_fallback: boolean
  people: Array<{ keypoints: Array<[number, number]>, scores: number[] }>
}
interface Golden {
  models: Record<string, { path: string, sha256: string, size: [number, number] }>
  pictures: Record<string, { width: number, height: number, rgb_sha256: string, detectors: Record<string, GoldenDetector> }>
}

// RTMLib feeds B, G, R to a network that was trained with R, G, B; the golden results were made both ways.
for (const [file, channelOrder, names] of [
  ['rtmlib.json', 'bgr', ['yolox_nano_humanart_416', 'rtmdet_nano_640']],
  ['rtmlib_rgb.json', 'rgb', ['yolox_nano_humanart_416']]
] as const) {
  for (const name of names) {
    t.test(`boxes and points of ${name} equal RTMLib's, pose fed ${channelOrder}`, { skip }, async (t) => {
      const golden = JSON.parse(readFileSync(join(shared!, 'golden', file), 'utf8')) as Golden
      const { detect, estimate } = await load(golden, name, channelOrder)
      const photos = Object.entries(golden.pictures).filter(([path]) => path.startsWith('images/photos/'))
      t.equal(photos.length, 53)
      const worst = { box: 0, point: 0, score: 0 }
      let points = 0
      let moved = 0
      for (const [path, expected] of photos) {
        const picture = await decodeFile(join(shared!, 'testdata', path))
        if (sha256(picture.rgb) !== expected.rgb_sha256) t.fail(`${path} is decoded differently`)
        const detector = expected.detectors[name]!
        const boxes = await detect(picture)
        if (boxes.length !== detector.boxes.length * 5) {
          t.fail(`${path}: ${boxes.length / 5} boxes instead of ${detector.boxes.length}`)
          continue
        }
        detector.boxes.forEach((box, row) => box.forEach((value, side) => { worst.box = Math.max(worst.box, Math.abs(boxes[row * 5 + side]! - value)) }))
        if (detector.whole_image_fallback) continue
        const poses = await estimate(picture, detector.boxes)
        detector.people.forEach((person, index) => {
          for (let point = 0; point < 17; point++) {
            const [x, y, confidence] = poses[index]!.slice(point * 3, point * 3 + 3) as unknown as [number, number, number]
            const score = person.scores[point]!
            points++
            worst.score = Math.max(worst.score, Math.abs(confidence - Math.min(Math.max(score, 0), 1)))
            const distance = Math.max(Math.abs(x - person.keypoints[point]![0]), Math.abs(y - person.keypoints[point]![1]))
            if (distance > 1e-6) moved++
            else worst.point = Math.max(worst.point, distance)
          }
          if ([...poses[index]!.subarray(17 * 3)].some((value) => value !== 0)) t.fail(`${path}: points that the network does not know`)
        })
      }
      t.comment(`${points} points, on another bin ${moved}, largest differences: box ${worst.box} px, score ${worst.score}`)
      t.ok(points > 1000, 'there was something to compare')
      // On this family of processors all is equal; elsewhere the runtime may move last digits and an argmax between equal peaks.
      t.ok(worst.box < 0.05, 'boxes')
      t.ok(moved / points < 0.002, 'points')
      t.ok(worst.score < 1e-3, 'scores')
    })
  }
}

async function load (golden: Golden, name: string, channelOrder: 'rgb' | 'bgr') {
  const { path, sha256: ofFile, size } = golden.models[name]!
  const pose = golden.models['pose']!
  return await loadGoldenNetworks({
    detector: { path: join(shared!, 'testdata', path), sha256: ofFile, entry: { ...findModelBySha256(ofFile) as DetectorEntry, inputSize: size } },
    pose: { path: join(shared!, 'testdata', pose.path), sha256: pose.sha256, entry: null }
  }, channelOrder)
}

import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { starterDetector, starterPose } from '../../models/registry/starter.ts'
import { createLetterboxInput } from '../../workers/image/letterbox-input.ts'
import { planLetterbox } from '../../workers/image/letterbox.ts'
import type { Picture } from '../../workers/image/picture.ts'
import { createPixelValues } from '../../workers/image/pixel-values.ts'
import { bboxToCrop, cropMatrix, invertAffine } from '../../workers/pose/bbox-to-crop.ts'
import { createCropInput } from '../../workers/pose/crop-input.ts'
import { starterFolder } from '../../src/starter-folder.ts'
import { decodeFile } from '../factories/decode-file.ts'
import { loadGoldenNetworks, sha256 } from '../factories/golden-networks.ts'

/** What RTMLib and OpenCV made of the drawn pictures: `make goldens`. */
interface Golden {
  models: Record<'detector.onnx' | 'pose.onnx', string>
  pictures: Record<string, {
    width: number
    height: number
    sha256: string
    letterboxes: Array<{ size: number, ratio: number, sha256: string }>
    crops: Array<{ box: [number, number, number, number], centre: [number, number], scale: [number, number], sha256: string }>
    boxes: number[][]
    people: Array<{ keypoints: Array<[number, number]>, scores: number[] }>
  }>
}

const golden = JSON.parse(readFileSync(new URL('drawn.json', import.meta.url), 'utf8')) as Golden
const pictures = Object.entries(golden.pictures)
/** Planes that hold the bytes themselves. */
const bytes = createPixelValues({ channelOrder: 'rgb', mean: [0, 0, 0], std: [1, 1, 1] })
const decode = (name: string): Promise<Picture> => decodeFile(new URL(`../fixtures/drawn/${name}`, import.meta.url).pathname)

t.test('pictures, letterboxes and crops are those of OpenCV, byte by byte', async (t) => {
  t.equal(pictures.length, 9)
  for (const [name, expected] of pictures) {
    const picture = await decode(name)
    t.same([picture.width, picture.height, sha256(picture.rgb)], [expected.width, expected.height, expected.sha256], name)
    for (const { size, ratio, sha256: wanted } of expected.letterboxes) {
      const plan = planLetterbox(picture.width, picture.height, size, size)!
      t.equal(plan.ratio, ratio)
      for (const kernel of [undefined, null]) {
        const input = createLetterboxInput(size, size, bytes, kernel)
        input.write(picture, plan)
        t.equal(sha256(toBytes(input.tensor)), wanted, `${name}: letterbox of ${size}, ${kernel === null ? 'plain' : 'SIMD'} code`)
      }
    }
    for (const { box, centre, scale, sha256: wanted } of expected.crops) {
      const crop = bboxToCrop(...box, 192, 256)
      t.same([crop.centreX, crop.centreY, crop.scaleX, crop.scaleY], [...centre, ...scale].map(Math.fround), `${name}: centre and scale of ${box.join()}`)
      for (const kernel of [undefined, null]) {
        const input = createCropInput(192, 256, 1, bytes, kernel)
        input.write(picture, invertAffine(cropMatrix(crop, 192, 256)), 0)
        t.equal(sha256(toBytes(input.tensor)), wanted, `${name}: crop of ${box.join()}, ${kernel === null ? 'plain' : 'SIMD'} code`)
      }
    }
  }
})

t.test('people of the starter models are those that RTMLib finds with them', async (t) => {
  const files = { detector: `${starterFolder()}/detector.onnx`, pose: `${starterFolder()}/pose.onnx` }
  for (const role of ['detector', 'pose'] as const) t.equal(sha256(await readFile(files[role])), golden.models[`${role}.onnx`], `${role}.onnx is the file the golden results were made with: make goldens WRITE=1 after a new training`)
  const { detect, estimate } = await loadGoldenNetworks({
    detector: { path: files.detector, sha256: golden.models['detector.onnx'], entry: starterDetector },
    pose: { path: files.pose, sha256: golden.models['pose.onnx'], entry: starterPose }
  }, 'rgb')
  const worst = { box: 0, score: 0 }
  let [points, moved] = [0, 0]
  for (const [name, { boxes, people }] of pictures) {
    const picture = await decode(name)
    const found = await detect(picture)
    t.equal(found.length / 5, boxes.length, `${name}: people`)
    boxes.forEach((box, row) => box.forEach((value, side) => { worst.box = Math.max(worst.box, Math.abs(found[row * 5 + side]! - value)) }))
    if (boxes.length === 0) continue
    const poses = await estimate(picture, boxes)
    people.forEach(({ keypoints, scores }, index) => keypoints.forEach(([x, y], point) => {
      const [ownX, ownY, confidence] = poses[index]!.slice(point * 3, point * 3 + 3) as unknown as [number, number, number]
      const score = Math.min(Math.max(scores[point]!, 0), 1)
      worst.score = Math.max(worst.score, Math.abs(confidence - score))
      if (score === 0) return
      points++
      if (Math.max(Math.abs(ownX - x), Math.abs(ownY - y)) > 1e-6) moved++
    }))
  }
  t.comment(`${points} points, on another bin ${moved}, largest differences: box ${worst.box} px, score ${worst.score}`)
  t.ok(points > 1000, 'there was something to compare')
  // On the processor that made them all is equal; elsewhere the runtime may move last digits and an argmax between equal peaks.
  t.ok(worst.box < 0.05, 'boxes')
  t.ok(moved / points < 0.002, 'points')
  t.ok(worst.score < 1e-3, 'scores')
})

/** Planes as interleaved bytes. */
function toBytes (tensor: Float32Array): Uint8Array {
  const area = tensor.length / 3
  const rgb = new Uint8Array(tensor.length)
  for (let pixel = 0; pixel < area; pixel++) for (let channel = 0; channel < 3; channel++) rgb[pixel * 3 + channel] = tensor[channel * area + pixel]!
  return rgb
}

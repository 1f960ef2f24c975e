import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createLetterboxInput } from '../../workers/image/letterbox-input.ts'
import { planLetterbox } from '../../workers/image/letterbox.ts'
import { createPixelValues } from '../../workers/image/pixel-values.ts'
import { bboxToCrop, cropMatrix, invertAffine } from '../../workers/pose/bbox-to-crop.ts'
import { createCropInput } from '../../workers/pose/crop-input.ts'
import { decodeFile } from '../factories/decode-file.ts'
import { sharedDir } from '../factories/shared-dir.ts'

const shared = sharedDir()
const skip = shared === null ? 'needs the shared test data (SHARED_DIR)' : false
/** Planes that hold the bytes themselves. */
const bytes = createPixelValues({ channelOrder: 'rgb', mean: [0, 0, 0], std: [1, 1, 1] })

interface Golden {
  pose_size: [number, number]
  letterbox: Array<{ source: string, size: number, ratio: number, resized: [number, number], png: string }>
  crops: Array<{ source: string, box: [number, number, number, number], box_dtype: string, center: [number, number], scale: [number, number], matrix: [number[], number[]], png: { 5: string } }>
}

const folder = join(shared ?? '', 'golden', 'intermediates')
const find = (source: string): string => source.startsWith('images/') ? join(shared ?? '', 'testdata', source) : join(folder, source)

t.test('letterboxes equal those of OpenCV, byte by byte', { skip }, async (t) => {
  const golden = readGolden()
  t.ok(golden.letterbox.length >= 10)
  for (const { source, size, ratio, resized, png } of golden.letterbox) {
    const picture = await decodeFile(find(source))
    const plan = planLetterbox(picture.width, picture.height, size, size)
    t.same(plan, { ratio, width: resized[0], height: resized[1] }, `${png}: size`)
    const expected = (await decodeFile(join(folder, png))).rgb
    for (const [code, input] of [['SIMD', createLetterboxInput(size, size, bytes)], ['plain', createLetterboxInput(size, size, bytes, null)]] as const) {
      input.write(picture, plan!)
      t.equal(countDifferences(input.tensor, expected), 0, `${png}: differing bytes, ${code} code`)
    }
  }
})

t.test('crops equal those of OpenCV 5.0, byte by byte', { skip }, async (t) => {
  const golden = readGolden()
  const [width, height] = golden.pose_size
  t.ok(golden.crops.length >= 15)
  for (const { source, box, center, scale, matrix, png } of golden.crops) {
    const crop = bboxToCrop(...box, width, height)
    t.same([crop.centreX, crop.centreY, crop.scaleX, crop.scaleY], [...center, ...scale].map(Math.fround), `${png[5]}: centre and scale`)
    const forward = cropMatrix(crop, width, height)
    t.same([...forward], matrix.flat(), `${png[5]}: matrix`)
    const picture = await decodeFile(find(source))
    const expected = (await decodeFile(join(folder, png[5]))).rgb
    for (const [code, input] of [['SIMD', createCropInput(width, height, 1, bytes)], ['plain', createCropInput(width, height, 1, bytes, null)]] as const) {
      input.write(picture, invertAffine(forward), 0)
      t.equal(countDifferences(input.tensor, expected), 0, `${png[5]}: differing bytes, ${code} code`)
    }
  }
})

function readGolden (): Golden {
  return JSON.parse(readFileSync(join(folder, 'intermediates.json'), 'utf8')) as Golden
}

/** Planes against interleaved bytes. */
function countDifferences (tensor: Float32Array, rgb: Uint8Array): number {
  const area = tensor.length / 3
  let differences = Math.abs(tensor.length - rgb.length)
  for (let pixel = 0; pixel < area; pixel++) {
    for (let channel = 0; channel < 3; channel++) if (tensor[channel * area + pixel] !== rgb[pixel * 3 + channel]) differences++
  }
  return differences
}

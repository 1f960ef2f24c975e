import { readFileSync } from 'node:fs'
import t from 'tap'
import { assembleKernels } from '../../scripts/assemble-kernels.ts'
import { createLetterboxInput } from '../../workers/image/letterbox-input.ts'
import { planLetterbox } from '../../workers/image/letterbox.ts'
import type { Picture } from '../../workers/image/picture.ts'
import { createPixelValues } from '../../workers/image/pixel-values.ts'
import { createRowWorkspace } from '../../workers/kernels/row-workspace.ts'
import { bboxToCrop, cropMatrix, invertAffine, type Affine } from '../../workers/pose/bbox-to-crop.ts'
import { createCropInput } from '../../workers/pose/crop-input.ts'
import { createSeededRandom } from '../factories/seeded-random.ts'

const random = createSeededRandom(5)
const orders = [
  createPixelValues({ channelOrder: 'bgr', mean: [103.53, 116.28, 123.675], std: [57.375, 57.12, 58.395] }),
  createPixelValues({ channelOrder: 'rgb', mean: [1, 2, 3], std: [1, 2, 4] })
]

function noise (width: number, height: number): Picture {
  return { width, height, rgb: Uint8Array.from({ length: width * height * 3 }, () => random() * 256) }
}

function countDifferences (a: Float32Array, b: Float32Array): number {
  let differences = Math.abs(a.length - b.length)
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) differences++
  return differences
}

t.test('the machine code in the repository is that of its source', async (t) => {
  t.equal(readFileSync(new URL('../../workers/kernels/row-kernels.generated.ts', import.meta.url), 'utf8'), await assembleKernels(), 'else: npm run kernels')
})

t.test('letterboxes are those of the plain code, whatever picture came before', async (t) => {
  for (const [width, height] of [[64, 64], [48, 32], [33, 57]] as const) {
    for (const values of orders) {
      t.ok(createRowWorkspace(width, height, 1, values), 'there is WebAssembly here')
      const fast = createLetterboxInput(width, height, values)
      const plain = createLetterboxInput(width, height, values, null)
      for (const [w, h] of [[640, 480], [480, 640], [20, 15], [15, 20], [64, 64], [48, 32], [1, 1], [1, 9], [9, 1], [2000, 60], [127, 191], [640, 480]] as const) {
        const picture = noise(w, h)
        const plan = planLetterbox(w, h, width, height)
        if (plan === null) continue
        fast.write(picture, plan)
        plain.write(picture, plan)
        t.equal(countDifferences(fast.tensor, plain.tensor), 0, `${w}x${h} into ${width}x${height}`)
      }
    }
  }
})

t.test('a picture too wide for the kernels goes the plain way', async (t) => {
  const [width, height] = [700, 2]
  const fast = createLetterboxInput(width, height, orders[0]!)
  const plain = createLetterboxInput(width, height, orders[0]!, null)
  for (const picture of [noise(70_000, 200), noise(1400, 4)]) {
    const plan = planLetterbox(picture.width, picture.height, width, height)!
    fast.write(picture, plan)
    plain.write(picture, plan)
    t.equal(countDifferences(fast.tensor, plain.tensor), 0)
  }
})

t.test('crops are those of the plain code: inside, over every edge, outside, turned', async (t) => {
  const [width, height] = [24, 32]
  const pictures = [noise(160, 120), noise(7, 5), noise(1, 1), noise(3000, 40)]
  for (const values of orders) {
    const fast = createCropInput(width, height, 3, values)
    const plain = createCropInput(width, height, 3, values, null)
    for (const picture of pictures) {
      let wrong = 0
      for (let trial = 0; trial < 200; trial++) {
        const x = (random() * 2 - 0.5) * picture.width
        const y = (random() * 2 - 0.5) * picture.height
        const box = [x, y, x + random() ** 3 * picture.width * 1.5 + 0.5, y + random() ** 3 * picture.height * 1.5 + 0.5] as const
        const inverse = invertAffine(cropMatrix(bboxToCrop(...box, width, height), width, height))
        const image = trial % 3
        fast.write(picture, inverse, image)
        plain.write(picture, inverse, image)
        wrong += countDifferences(fast.tensor, plain.tensor)
      }
      t.equal(wrong, 0, `${picture.width}x${picture.height}`)
    }
    const exact: Affine[] = [[1, 0, 0, 0, 1, 0], [1, 0, -1, 0, 1, -1], [0.5, 0, 0.5, 0, 0.5, 0.5], [2, 0, 140, 0, 2, 100], [1, 0, -500, 0, 1, 3], [1, 0, 3, 0, 1, 500], [-1, 0, 30, 0, -1, 40],
      [1, 0.25, 0, 0, 1, 0], [1, 0, 0, 0.25, 1, 0], [0.8, 0.6, 10, -0.6, 0.8, 30], [1e-6, 0, 12.5, 0, 1e-6, 7.25], [0, 0, 0, 0, 0, 0]]
    for (const inverse of exact) {
      fast.write(pictures[0]!, inverse, 1)
      plain.write(pictures[0]!, inverse, 1)
      t.equal(countDifferences(fast.tensor, plain.tensor), 0, inverse.join(' '))
    }
    // More columns than the kernels have room for.
    const wide = noise(70_000, 3)
    for (const inverse of [[2900, 0, 0, 0, 1, 0], [1, 0, 69_990, 0, 1, 0]] as const) {
      fast.write(wide, inverse, 2)
      plain.write(wide, inverse, 2)
      t.equal(countDifferences(fast.tensor, plain.tensor), 0, 'a very wide picture')
    }
  }
})

t.test('pixels in shared memory can be read', async (t) => {
  const picture = noise(50, 40)
  const shared = new Uint8Array(new SharedArrayBuffer(picture.rgb.length))
  shared.set(picture.rgb)
  const fast = createCropInput(24, 32, 1, orders[0]!)
  const plain = createCropInput(24, 32, 1, orders[0]!, null)
  fast.write({ ...picture, rgb: shared }, [1.5, 0, 2, 0, 1.5, 1], 0)
  plain.write(picture, [1.5, 0, 2, 0, 1.5, 1], 0)
  t.equal(countDifferences(fast.tensor, plain.tensor), 0)
})

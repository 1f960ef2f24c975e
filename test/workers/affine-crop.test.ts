import t from 'tap'
import { createPixelValues } from '../../workers/image/pixel-values.ts'
import { affineCrop } from '../../workers/pose/affine-crop.ts'
import { bboxToCrop, cropMatrix, invertAffine, type Affine } from '../../workers/pose/bbox-to-crop.ts'
import { createSeededRandom } from '../factories/seeded-random.ts'

const bytes = createPixelValues({ channelOrder: 'rgb', mean: [0, 0, 0], std: [1, 1, 1] })
const random = createSeededRandom(7)
const picture = { width: 40, height: 30, rgb: Uint8Array.from({ length: 40 * 30 * 3 }, () => Math.floor(random() * 256)) }

t.test('a box becomes a crop of the network\'s shape, a quarter larger', async (t) => {
  t.same(bboxToCrop(0, 0, 100, 200, 192, 256), { centreX: 50, centreY: 100, scaleX: 187.5, scaleY: 250 }, 'a high box grows to the sides')
  const wide = bboxToCrop(10, 20, 410, 120, 192, 256)
  t.same([wide.centreX, wide.centreY, wide.scaleX], [210, 70, 500])
  t.ok(Math.abs(wide.scaleY - 500 / 0.75) < 1e-3, 'a wide box grows up and down')
})

t.test('the matrix maps the crop\'s corners', async (t) => {
  const crop = bboxToCrop(13.7, 20.1, 113.9, 220.3, 192, 256)
  const apply = ([a, b, c, d, e, g]: Affine, x: number, y: number) => [a * x + b * y + c, d * x + e * y + g] as const
  const forward = cropMatrix(crop, 192, 256)
  const near = (actual: readonly [number, number], x: number, y: number, message: string) => t.ok(Math.hypot(actual[0] - x, actual[1] - y) < 1e-3, `${message}: ${actual.join(', ')}`)
  near(apply(forward, crop.centreX, crop.centreY), 96, 128, 'the centre')
  near(apply(forward, crop.centreX - crop.scaleX / 2, crop.centreY - crop.scaleY / 2), 0, 0, 'the corner')
  near(apply(invertAffine(forward), 192, 256), crop.centreX + crop.scaleX / 2, crop.centreY + crop.scaleY / 2, 'and back')
})

t.test('a crop at whole pixels copies them, and black lies outside', async (t) => {
  const tensor = new Float32Array(3 * 20 * 16 + 5).fill(-1)
  affineCrop(picture, [1, 0, -3, 0, 1, 25], 20, 16, bytes, tensor, 5)
  t.same([...tensor.subarray(0, 5)], [-1, -1, -1, -1, -1], 'nothing before the offset')
  let wrong = 0
  for (let y = 0; y < 16; y++) {
    for (let x = 0; x < 20; x++) {
      for (let c = 0; c < 3; c++) {
        const [sx, sy] = [x - 3, y + 25]
        const expected = sx >= 0 && sy < 30 ? picture.rgb[(sy * 40 + sx) * 3 + c]! : 0
        if (tensor[5 + c * 320 + y * 20 + x] !== expected) wrong++
      }
    }
  }
  t.equal(wrong, 0)
})

t.test('in between it is bilinear, each neighbour outside counting as black', async (t) => {
  for (const inverse of [[0.37, 0, -2.5, 0, 0.37, -1.25], [2.9, 0, -30, 0, 2.9, -20], [0.5, 0.2, 1, -0.2, 0.5, 8]] as const) {
    const tensor = new Float32Array(3 * 24 * 32)
    affineCrop(picture, inverse, 24, 32, bytes, tensor, 0)
    let worst = 0
    for (let y = 0; y < 32; y++) {
      for (let x = 0; x < 24; x++) {
        const sx = inverse[0] * x + inverse[1] * y + inverse[2]
        const sy = inverse[3] * x + inverse[4] * y + inverse[5]
        const [ix, iy] = [Math.floor(sx), Math.floor(sy)]
        const [a, b] = [sx - ix, sy - iy]
        for (let c = 0; c < 3; c++) {
          const at = (px: number, py: number) => px >= 0 && py >= 0 && px < 40 && py < 30 ? picture.rgb[(py * 40 + px) * 3 + c]! : 0
          const exact = (at(ix, iy) * (1 - a) + at(ix + 1, iy) * a) * (1 - b) + (at(ix, iy + 1) * (1 - a) + at(ix + 1, iy + 1) * a) * b
          worst = Math.max(worst, Math.abs(tensor[c * 768 + y * 24 + x]! - exact))
        }
      }
    }
    t.ok(worst < 0.51, `${inverse.join(' ')}: ${worst}`)
  }
})

t.test('planes come in the network\'s order, normalised', async (t) => {
  const values = createPixelValues({ channelOrder: 'bgr', mean: [10, 20, 30], std: [2, 4, 8] })
  const tensor = new Float32Array(3)
  affineCrop(picture, [1, 0, 4, 0, 1, 6], 1, 1, values, tensor, 0)
  const [r, g, b] = picture.rgb.subarray((6 * 40 + 4) * 3) as unknown as [number, number, number]
  t.same([...tensor], [(b - 10) / 2, (g - 20) / 4, (r - 30) / 8].map(Math.fround))
})

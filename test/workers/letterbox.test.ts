import t from 'tap'
import { letterbox, planLetterbox } from '../../workers/image/letterbox.ts'
import { createPixelValues } from '../../workers/image/pixel-values.ts'
import { resizeLinear } from '../../workers/image/resize-linear.ts'
import { createSeededRandom } from '../factories/seeded-random.ts'

function noise (width: number, height: number): Uint8Array {
  const random = createSeededRandom(width * 1000 + height)
  return Uint8Array.from({ length: width * height * 3 }, () => Math.floor(random() * 256))
}

function resize (source: Uint8Array, sourceWidth: number, sourceHeight: number, width: number, height: number): Uint8Array {
  const result = new Uint8Array(width * height * 3)
  let expected = 0
  resizeLinear(source, sourceWidth, sourceHeight, width, height, (y, row) => {
    if (y !== expected++) throw new Error('rows out of order')
    result.set(row, y * width * 3)
  })
  if (expected !== height) throw new Error(`${expected} rows instead of ${height}`)
  return result
}

t.test('sizes are truncated in the order of operations of RTMLib', async (t) => {
  t.same(planLetterbox(640, 427, 416, 416), { ratio: 0.65, width: 416, height: 277 })
  t.equal(planLetterbox(400, 720, 416, 416)?.height, 415, '720 * (416 / 720) is a little less than 416')
  t.same(planLetterbox(640, 640, 640, 640), { ratio: 1, width: 640, height: 640 })
  t.same(planLetterbox(100, 50, 416, 416), { ratio: 4.16, width: 416, height: 208 }, 'small pictures are enlarged')
  t.same(planLetterbox(100, 100, 320, 640), { ratio: 3.2, width: 320, height: 320 }, 'canvases need not be square')
  for (const [width, height] of [[5, 3000], [3000, 5], [417, 1], [1, 417]] as const) t.equal(planLetterbox(width, height, 416, 416), null, `${width}x${height} vanishes`)
  t.ok(planLetterbox(1, 1, 416, 416))
})

t.test('halving both sides takes the mean of four pixels', async (t) => {
  const source = noise(16, 12)
  const half = resize(source, 16, 12, 8, 6)
  for (let y = 0; y < 6; y++) {
    for (let x = 0; x < 8; x++) {
      for (let c = 0; c < 3; c++) {
        const at = (dx: number, dy: number) => source[((2 * y + dy) * 16 + 2 * x + dx) * 3 + c]!
        if (half[(y * 8 + x) * 3 + c] !== (at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1) + 2) >> 2) t.fail(`at ${x}, ${y}`)
      }
    }
  }
  t.equal(half.length, 144)
})

t.test('resizing stays within one level of exact bilinear interpolation', async (t) => {
  for (const [sourceWidth, sourceHeight, width, height] of [[31, 17, 97, 53], [97, 53, 31, 17], [40, 30, 40, 30], [1, 1, 7, 5], [2, 50, 3, 20], [50, 2, 20, 3]] as const) {
    const source = noise(sourceWidth, sourceHeight)
    const result = resize(source, sourceWidth, sourceHeight, width, height)
    let worst = 0
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const sx = Math.min(Math.max((x + 0.5) * sourceWidth / width - 0.5, 0), sourceWidth - 1)
        const sy = Math.min(Math.max((y + 0.5) * sourceHeight / height - 0.5, 0), sourceHeight - 1)
        const [x0, y0] = [Math.floor(sx), Math.floor(sy)]
        const [x1, y1] = [Math.min(x0 + 1, sourceWidth - 1), Math.min(y0 + 1, sourceHeight - 1)]
        for (let c = 0; c < 3; c++) {
          const at = (ix: number, iy: number) => source[(iy * sourceWidth + ix) * 3 + c]!
          const upper = at(x0, y0) + (sx - x0) * (at(x1, y0) - at(x0, y0))
          const lower = at(x0, y1) + (sx - x0) * (at(x1, y1) - at(x0, y1))
          worst = Math.max(worst, Math.abs(result[(y * width + x) * 3 + c]! - (upper + (sy - y0) * (lower - upper))))
        }
      }
    }
    t.ok(worst < 1.1, `${sourceWidth}x${sourceHeight} to ${width}x${height}: ${worst}`)
  }
})

t.test('the tensor holds the picture at the top left and 114 beside it', async (t) => {
  const picture = { rgb: noise(8, 4), width: 8, height: 4 }
  const values = createPixelValues({ channelOrder: 'bgr', mean: [103.53, 116.28, 123.675], std: [57.375, 57.12, 58.395] })
  const tensor = new Float32Array(3 * 8 * 8).fill(NaN)
  letterbox(picture, planLetterbox(8, 4, 8, 8)!, 8, 8, values, tensor)
  const blue = picture.rgb[(1 * 8 + 2) * 3 + 2]!
  const red = picture.rgb[(1 * 8 + 2) * 3]!
  t.equal(tensor[1 * 8 + 2], Math.fround((blue - 103.53) / 57.375), 'first plane: blue, with the first mean')
  t.equal(tensor[128 + 1 * 8 + 2], Math.fround((red - 123.675) / 58.395), 'last plane: red')
  t.equal(tensor[4 * 8], Math.fround((114 - 103.53) / 57.375), 'padding is normalised like pixels')
  t.equal(tensor[191], Math.fround((114 - 123.675) / 58.395))

  const second = { rgb: noise(2, 8), width: 2, height: 8 }
  letterbox(second, planLetterbox(2, 8, 8, 8)!, 8, 8, values, tensor)
  t.equal(tensor[2], Math.fround((114 - 103.53) / 57.375), 'nothing of the picture before is left')
})

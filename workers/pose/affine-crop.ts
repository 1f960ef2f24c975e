import type { Picture } from '../image/picture.ts'
import type { PixelValues } from '../image/pixel-values.ts'
import type { Affine } from './bbox-to-crop.ts'

const f = Math.fround

/**
 * Bilinear warp of OpenCV 5.0 (float32, fused multiply-add, black border, rounded to bytes), written as normalised planes.
 * float64 arithmetic with one rounding per fused operation gives the same bytes.
 * @param inverse from crop to picture pixels
 * @param offset where the first of the 3 planes of height x width begins in `tensor`
 */
export function affineCrop (picture: Picture, inverse: Affine, width: number, height: number, values: PixelValues, tensor: Float32Array, offset: number): void {
  const { rgb, width: sourceWidth, height: sourceHeight } = picture
  const stride = sourceWidth * 3
  const area = width * height
  const m0 = f(inverse[0])
  const m1 = f(inverse[1])
  const m2 = f(inverse[2])
  const m3 = f(inverse[3])
  const m4 = f(inverse[4])
  const m5 = f(inverse[5])
  const [c0, c1, c2] = values.planes
  const [t0, t1, t2] = values.tables
  const black0 = t0[0]!
  const black1 = t1[0]!
  const black2 = t2[0]!
  for (let y = 0, out = offset; y < height; y++) {
    const baseX = f(f(y * m1) + m2)
    const baseY = f(f(y * m4) + m5)
    for (let x = 0; x < width; x++, out++) {
      const sx = f(x * m0 + baseX)
      const sy = f(x * m3 + baseY)
      const ix = Math.floor(sx)
      const iy = Math.floor(sy)
      if (ix < -1 || iy < -1 || ix >= sourceWidth || iy >= sourceHeight) {
        tensor[out] = black0
        tensor[out + area] = black1
        tensor[out + area + area] = black2
        continue
      }
      const a = f(sx - ix)
      const b = f(sy - iy)
      const at = iy * stride + ix * 3
      if (ix >= 0 && iy >= 0 && ix < sourceWidth - 1 && iy < sourceHeight - 1) {
        const below = at + stride
        tensor[out] = t0[blend(rgb[at + c0]!, rgb[at + 3 + c0]!, rgb[below + c0]!, rgb[below + 3 + c0]!, a, b)]!
        tensor[out + area] = t1[blend(rgb[at + c1]!, rgb[at + 3 + c1]!, rgb[below + c1]!, rgb[below + 3 + c1]!, a, b)]!
        tensor[out + area + area] = t2[blend(rgb[at + c2]!, rgb[at + 3 + c2]!, rgb[below + c2]!, rgb[below + 3 + c2]!, a, b)]!
      } else {
        tensor[out] = t0[blendAtEdge(picture, ix, iy, c0, a, b)]!
        tensor[out + area] = t1[blendAtEdge(picture, ix, iy, c1, a, b)]!
        tensor[out + area + area] = t2[blendAtEdge(picture, ix, iy, c2, a, b)]!
      }
    }
  }
}

/** Four neighbours, upper row first; a to the right, b downwards. Rounds half to even. */
function blend (p00: number, p01: number, p10: number, p11: number, a: number, b: number): number {
  const upper = f(p00 + a * (p01 - p00))
  const lower = f(p10 + a * (p11 - p10))
  const value = f(upper + b * f(lower - upper))
  const rounded = (value + 0.5) | 0
  return rounded - value === 0.5 && (rounded & 1) === 1 ? rounded - 1 : rounded
}

/** Neighbours outside the picture count as black, each on its own. */
function blendAtEdge ({ rgb, width, height }: Picture, ix: number, iy: number, channel: number, a: number, b: number): number {
  const at = (iy * width + ix) * 3 + channel
  const left = ix >= 0
  const right = ix + 1 < width
  const top = iy >= 0
  const bottom = iy + 1 < height
  const below = at + width * 3
  return blend(
    top && left ? rgb[at]! : 0,
    top && right ? rgb[at + 3]! : 0,
    bottom && left ? rgb[below]! : 0,
    bottom && right ? rgb[below + 3]! : 0,
    a, b
  )
}

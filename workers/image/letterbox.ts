import type { Picture } from './picture.ts'
import type { PixelValues } from './pixel-values.ts'
import { resizeLinear } from './resize-linear.ts'

/** Value of the canvas beside the picture. */
export const PADDING = 114

export interface LetterboxPlan {
  /** Letterbox pixels per picture pixel. */
  ratio: number
  /** Size of the resized picture, in the top left corner of the canvas. */
  width: number
  height: number
}

/**
 * How a picture fits into a canvas, as RTMLib does it: sides truncated, in exactly this order of operations
 * (720 * (416 / 720) is 415.99...).
 * @returns null when a side would vanish
 */
export function planLetterbox (pictureWidth: number, pictureHeight: number, canvasWidth: number, canvasHeight: number): LetterboxPlan | null {
  if (pictureWidth === canvasWidth && pictureHeight === canvasHeight) return { ratio: 1, width: canvasWidth, height: canvasHeight }
  const ratio = Math.min(canvasHeight / pictureHeight, canvasWidth / pictureWidth)
  const width = Math.trunc(pictureWidth * ratio)
  const height = Math.trunc(pictureHeight * ratio)
  return width < 1 || height < 1 ? null : { ratio, width, height }
}

/** Writes the letterboxed picture into `tensor`: 3 planes of canvasHeight x canvasWidth. */
export function letterbox (picture: Picture, plan: LetterboxPlan, canvasWidth: number, canvasHeight: number, values: PixelValues, tensor: Float32Array): void {
  const area = canvasWidth * canvasHeight
  for (let plane = 0; plane < 3; plane++) tensor.fill(values.tables[plane]![PADDING]!, plane * area, (plane + 1) * area)
  const width = plan.width
  const [p0, p1, p2] = values.planes
  const [t0, t1, t2] = values.tables
  const emit = (y: number, row: Uint8Array): void => {
    let out = y * canvasWidth
    for (let at = 0; at < width * 3; at += 3, out++) {
      tensor[out] = t0[row[at + p0]!]!
      tensor[out + area] = t1[row[at + p1]!]!
      tensor[out + area + area] = t2[row[at + p2]!]!
    }
  }
  if (plan.width === picture.width && plan.height === picture.height) {
    for (let y = 0; y < plan.height; y++) emit(y, picture.rgb.subarray(y * width * 3, (y + 1) * width * 3))
  } else {
    resizeLinear(picture.rgb, picture.width, picture.height, plan.width, plan.height, emit)
  }
}
